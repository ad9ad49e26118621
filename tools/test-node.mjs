/** `npm run test:node -- 22`: the unit tests under another Node, which npm fetches as the package `node`. */
import { nodeModule, runChild } from './child.mjs'
import { prepare } from './prepare.mjs'

const [version, ...forVitest] = process.argv.slice(2)

if (version === undefined || !/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error(`Expected a version of Node, as in "npm run test:node -- 22"; received ${version ?? 'nothing'}`)
  process.exitCode = 1
} else {
  await prepare()
  const vitest = [nodeModule('vitest/vitest.mjs'), 'run', '--project=unit', ...forVitest]
  process.exitCode = await runChild('npx', ['--yes', `--package=node@${version}`, '--', 'node', ...vitest])
}
