import type { Command } from './command.js'
import { avatarsForget, avatarsPrune } from './commands/avatars-change.js'
import { avatarsList } from './commands/avatars-list.js'
import { avatarsShow } from './commands/avatars-show.js'
import { avatarsVerify } from './commands/avatars-verify.js'
import { bucketCreate } from './commands/bucket-create.js'
import { cors } from './commands/cors.js'
import { cp } from './commands/cp.js'
import { doctor } from './commands/doctor.js'
import { get } from './commands/get.js'
import { lifecycle } from './commands/lifecycle.js'
import { ls } from './commands/ls.js'
import { mv } from './commands/mv.js'
import { policy } from './commands/policy.js'
import { put } from './commands/put.js'
import { rm } from './commands/rm.js'
import { sign } from './commands/sign.js'
import { sweep } from './commands/sweep.js'
import { url } from './commands/url.js'

/** Verbs that stand together in the help. */
export interface CommandGroup {
  readonly heading: string
  readonly commands: readonly Command[]
}

/** Every verb, in the order of the help. */
export const commandGroups: readonly CommandGroup[] = [
  { heading: 'The bucket:', commands: [doctor, bucketCreate, policy, cors, lifecycle] },
  { heading: 'Objects:', commands: [ls, put, get, cp, mv, rm, url, sign] },
  { heading: 'Avatars:', commands: [avatarsList, avatarsShow, avatarsVerify, avatarsPrune, avatarsForget, sweep] },
]
