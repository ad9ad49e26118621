import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, vi } from 'vitest'
import type { StorageDriver } from '../src/contract/driver.js'
import { DiskDriver } from '../src/drivers/disk/index.js'
import { MemoryDriver } from '../src/drivers/memory/index.js'
import {
  type Capability,
  checkClause,
  conformanceClauses,
  describeConformance,
  type EmptyBucket,
} from '../src/testing/index.js'
import { cacheDriver } from '../src/wrappers/cache-driver.js'
import { memoryDepartures as departures } from './drivers/departures.js'

/** The peer has no cache: it is another server, whose writes nobody announces. */
function cached(driver: StorageDriver, peer: StorageDriver, close = async () => {}): EmptyBucket {
  return { driver: cacheDriver(driver, { maxBytes: 64 * 1024 ** 2 }), peer, bucket: 'conformance', close }
}

async function openMemory(): Promise<EmptyBucket> {
  const memory = new MemoryDriver()
  return cached(memory, memory)
}

async function openDisk(): Promise<EmptyBucket> {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-cache-'))
  const close = (): Promise<void> => rm(directory, { recursive: true, force: true })
  return cached(new DiskDriver({ directory }), new DiskDriver({ directory }), close)
}

describeConformance({ describe, it }, { name: 'a cache around memory', open: openMemory, departures })

/** Where it matters what is below a cache: bodies that are open files, and versions that others replace. */
const READING: ReadonlySet<Capability> = new Set<Capability>([
  ...(['read', 'range', 'conditional-read', 'conditional-write', 'copy', 'delete', 'cancel', 'large-body'] as const),
])

describe('a cache around disk', () => {
  // Every write is synced.
  vi.setConfig({ testTimeout: 300_000 })
  for (const clause of conformanceClauses().filter(({ capability }) => READING.has(capability))) {
    const harness = { name: 'a cache around disk', open: openDisk }
    it.concurrent(clause.name, () => checkClause(clause, harness, { name: 'under a prefix', prefix: 'some/prefix/' }))
  }
})
