import { describe, it } from 'vitest'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { describeConformance } from '../../src/testing/index.js'
import { memoryDepartures as departures } from './departures.js'

describeConformance(
  { describe, it },
  {
    name: 'memory',
    open: async () => ({ driver: new MemoryDriver(), bucket: 'conformance', close: async () => {} }),
    departures,
  },
)
