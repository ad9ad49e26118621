import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, vi } from 'vitest'
import { DiskDriver } from '../src/drivers/disk/index.js'
import { MemoryDriver } from '../src/drivers/memory/index.js'
import { type Departure, describeConformance, type TestRunner } from '../src/testing/index.js'
import { cacheDriver } from '../src/wrappers/cache-driver.js'
import { diskDepartures, memoryDepartures } from './drivers/departures.js'

const maxBytes = 64 * 1024 ** 2

// On disk every write is synced, and one clause makes a thousand.
vi.setConfig({ testTimeout: 300_000 })

/** The peer has no cache: it is another server, whose writes nobody announces. */
function describeCached(
  name: string,
  run: TestRunner['it'],
  departures: readonly Departure[],
  open: () => Promise<{ readonly driver: () => MemoryDriver | DiskDriver; readonly close: () => Promise<void> }>,
): void {
  describeConformance(
    { describe, it: run },
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

// Nothing in memory waits for anything: side by side, each test would only take as long as all of them.
describeCached('a cache around memory', it, memoryDepartures, async () => {
  const memory = new MemoryDriver()
  return { driver: () => memory, close: async () => {} }
})

describeCached('a cache around disk', it.concurrent, diskDepartures, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-cache-'))
  return {
    driver: () => new DiskDriver({ directory, baseUrl: 'https://app.example/objects' }),
    close: () => rm(directory, { recursive: true, force: true }),
  }
})
