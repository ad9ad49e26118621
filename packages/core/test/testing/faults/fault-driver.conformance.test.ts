import { describe, it } from 'vitest'
import { MemoryDriver } from '../../../src/drivers/memory/index.js'
import { describeConformance, faultDriver } from '../../../src/testing/index.js'
import { memoryDepartures as departures } from '../../drivers/departures.js'

describeConformance(
  { describe, it },
  {
    name: 'a faulty driver with an empty plan',
    open: async () => ({
      driver: faultDriver(new MemoryDriver(), {}),
      bucket: 'conformance',
      close: async () => {},
    }),
    departures,
  },
)
