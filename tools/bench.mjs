/**
 * `npm run bench`: runs every measurement of bench/, one after the other; `npm run bench -- flow` runs bench/flow.bench.ts.
 * A bench prints its own table and says by its exit code whether it could measure; nothing is asserted about speed.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { mustRunChild, nodeModule, ROOT, runChild } from './child.mjs'
import { prepare } from './prepare.mjs'

const ENDING = '.bench.ts'

const existing = readdirSync(join(ROOT, 'bench'))
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length))
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !existing.includes(name))

if (unknown.length > 0 || existing.length === 0) {
  console.error(`Expected one of the benches [${existing.join(', ')}]; received [${unknown.join(', ')}]`)
  process.exitCode = 1
} else {
  await prepare()
  await mustRunChild(process.execPath, [nodeModule('typescript/bin/tsc'), '--build', 'bench'])
  for (const name of asked.length > 0 ? asked : existing) {
    const exitCode = await runChild(process.execPath, [join(ROOT, 'bench/dist/bench', `${name}.bench.js`)])
    if (exitCode !== 0) process.exitCode = exitCode
  }
}
