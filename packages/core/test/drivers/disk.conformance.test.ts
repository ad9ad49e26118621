import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, vi } from 'vitest'
import { DiskDriver } from '../../src/drivers/disk/index.js'
import { describeConformance, type EmptyBucket } from '../../src/testing/index.js'
import { diskDepartures as departures } from './departures.js'

async function open(): Promise<EmptyBucket> {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-disk-'))
  const options = { directory, baseUrl: 'https://app.example/objects', secrets: ['0123456789abcdef0123456789abcdef'] }
  return {
    driver: new DiskDriver(options),
    peer: new DiskDriver(options),
    bucket: 'conformance',
    close: () => rm(directory, { recursive: true, force: true }),
  }
}

// Every write is synced to the disk, and one clause makes a thousand.
vi.setConfig({ testTimeout: 300_000 })

describeConformance({ describe, it: it.concurrent }, { name: 'disk', open, departures })
