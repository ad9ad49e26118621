import type { Command } from './command.js'
import { cp } from './commands/cp.js'
import { get } from './commands/get.js'
import { ls } from './commands/ls.js'
import { mv } from './commands/mv.js'
import { put } from './commands/put.js'
import { rm } from './commands/rm.js'
import { sign } from './commands/sign.js'
import { url } from './commands/url.js'

/** Every verb, in the order of the help. */
export const commands: readonly Command[] = [ls, put, get, cp, mv, rm, url, sign]
