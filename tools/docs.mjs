/**
 * `npm run docs`: makes the API pages in docs/api out of the docstrings. A public name without one, or a link that leads nowhere,
 * is an error.
 */
import { nodeModule, ROOT, runChild } from './child.mjs'
import { prepare } from './prepare.mjs'

await prepare()
const typedoc = [nodeModule('typedoc/bin/typedoc'), '--options', ROOT, ...process.argv.slice(2)]
process.exitCode = await runChild(process.execPath, typedoc)
