import { putInFront } from './in-front.mjs'
import { log } from './pino.mjs'

putInFront(log)
