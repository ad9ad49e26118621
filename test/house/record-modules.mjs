/** Prints the URL of every ES module that the process loads: `node --import ./record-modules.mjs`. */
import { register } from 'node:module'

register(
  `data:text/javascript,${encodeURIComponent(`
    import { writeSync } from 'node:fs'
    export async function load(url, context, next) {
      writeSync(1, url + '\\n')
      return next(url, context)
    }
  `)}`,
)
