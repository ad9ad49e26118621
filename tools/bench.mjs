/**
 * `npm run bench`: runs every measurement of bench/, one after the other; `npm run bench -- flow` runs bench/flow.bench.ts.
 * `--full` takes more rounds, for figures that are quoted, and takes several times as long.
 * A bench prints its own table and says by its exit code whether it could measure; nothing is asserted about speed.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { mustRunChild, nodeModule, ROOT } from './child.mjs'
import { prepare } from './prepare.mjs'

const ENDING = '.bench.ts'

const existing = readdirSync(join(ROOT, 'bench'))
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length))
const args = process.argv.slice(2)
const asked = args.filter((arg) => arg !== '--full')
const unknown = asked.filter((name) => !existing.includes(name))

if (unknown.length > 0 || existing.length === 0) {
  console.error(`Expected one of the benches [${existing.join(', ')}]; received [${unknown.join(', ')}]`)
  process.exitCode = 1
} else {
  await prepare()
  await mustRunChild(process.execPath, [nodeModule('typescript/bin/tsc'), '--build', 'bench'])
  const length = args.includes('--full') ? ['--full'] : []
  const names = asked.length > 0 ? asked : existing
  await mustRunChild(process.execPath, [join(ROOT, 'bench/dist/bench/run.js'), ...length, ...names])
}
