import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, vi } from 'vitest'
import { DiskDriver } from '../src/drivers/disk/index.js'
import { MemoryDriver } from '../src/drivers/memory/index.js'
import { type Departure, describeConformance } from '../src/testing/index.js'
import { cacheDriver } from '../src/wrappers/cache-driver.js'
import { diskDepartures, memoryDepartures } from './drivers/departures.js'

const maxBytes = 64 * 1024 ** 2

// On disk every write is synced, and one clause makes a thousand.
vi.setConfig({ testTimeout: 300_000 })

/** The peer has no cache: it is another server, whose writes nobody announces. */
function describeCached(
  name: string,
  departures: readonly Departure[],
  open: () => Promise<{ readonly driver: () => MemoryDriver | DiskDriver; readonly close: () => Promise<void> }>,
): void {
  describeConformance(
    { describe, it: it.concurrent },
    {
      name,
      departures,
      open: async () => {
        const { driver, close } = await open()
        return { driver: cacheDriver(driver(), { maxBytes }), peer: driver(), bucket: 'conformance', close }
      },
    },
  )
}

describeCached('a cache around memory', memoryDepartures, async () => {
  const memory = new MemoryDriver()
  return { driver: () => memory, close: async () => {} }
})

describeCached('a cache around disk', diskDepartures, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-cache-'))
  return {
    driver: () => new DiskDriver({ directory, baseUrl: 'https://app.example/objects' }),
    close: () => rm(directory, { recursive: true, force: true }),
  }
})
