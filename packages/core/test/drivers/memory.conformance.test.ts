import { describe, it } from 'vitest'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { type Departure, describeConformance } from '../../src/testing/index.js'

const reason = 'what is in memory has no address'
const departures: Departure[] = [
  { capability: 'public-url', reason },
  { capability: 'signed-url', reason },
  { capability: 'presigned-post', reason },
  { capability: 'presigned-put', reason },
  { capability: 'presigned-create', reason },
  { capability: 'presigned-part', reason },
]

describeConformance(
  { describe, it },
  {
    name: 'memory',
    open: async () => ({ driver: new MemoryDriver(), bucket: 'conformance', close: async () => {} }),
    departures,
  },
)
