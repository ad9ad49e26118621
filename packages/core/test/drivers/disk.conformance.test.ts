import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, vi } from 'vitest'
import { DiskDriver } from '../../src/drivers/disk/index.js'
import { type Departure, describeConformance, type EmptyBucket } from '../../src/testing/index.js'

const served = 'served by diskObjects() of the express package, whose tests hold this clause over HTTP'
const departures: Departure[] = [
  { capability: 'key-beside-prefix', reason: 'a path is a file or a folder, never both' },
  { capability: 'long-key-segment', reason: 'a file name has at most 255 bytes' },
  { capability: 'signed-url', reason: served },
  { capability: 'presigned-post', reason: served },
  { capability: 'presigned-put', reason: served },
  { capability: 'presigned-create', reason: served },
  { capability: 'presigned-part', reason: served },
]

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
vi.setConfig({ testTimeout: 60_000 })

describeConformance({ describe, it: it.concurrent }, { name: 'disk', open, departures })
