/** `npm start`: three servers behind a balancer, from a fresh clone. */
import { join } from 'node:path'
import { ROOT, runChild } from './child.mjs'
import { prepare } from './prepare.mjs'

await prepare()
process.exitCode = await runChild(process.execPath, [join(ROOT, 'examples/express-app/dist/start.js')])
