import { putInFront } from './in-front.mjs'
import { trace } from './opentelemetry.mjs'

putInFront(trace)
