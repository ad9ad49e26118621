import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DiskDriver } from '../../src/drivers/disk/index.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { cacheDriver } from '../../src/wrappers/cache-driver.js'
import { BROKEN_DRIVERS } from '../testing/broken-drivers.js'
import { compareWithModel, Modelled } from './compare-with-model.js'

/** What shows only while a write is on its way, or in uploads of several parts of 5 MiB. */
const UNSEEN = ['deletes before it writes', 'joins parts as they came']

describe('the model notices a driver that', () => {
  it.each(BROKEN_DRIVERS.filter(({ flaw }) => !UNSEEN.includes(flaw)))('$flaw', async ({ make }) => {
    const comparison = compareWithModel(
      async () => {
        const driver = make()
        return [new Modelled(driver, 'b'), new Modelled(driver, 'b')]
      },
      // What is tried here is the model, not luck.
      { numRuns: 3000, seed: 654 },
    )
    await expect(comparison).rejects.toThrow('Counterexample')
  })
})

describe('whatever is done in any order does what the model does', () => {
  it('in memory', async () => {
    await compareWithModel(
      async () => {
        const driver = new MemoryDriver()
        return [new Modelled(driver, 'b'), new Modelled(driver, 'b')]
      },
      { numRuns: 300 },
    )
  })

  it('in memory, with a cache that others write past', async () => {
    await compareWithModel(
      async () => {
        const driver = new MemoryDriver()
        return [new Modelled(cacheDriver(driver, { maxBytes: 65_536 }), 'b'), new Modelled(driver, 'b')]
      },
      { numRuns: 300 },
    )
  })

  it('on disk, between two servers', { timeout: 300_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'brigade-model-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    let buckets = 0
    await compareWithModel(
      async () => {
        const bucket = `bucket-${buckets++}`
        const open = () => new Modelled(new DiskDriver({ directory }), bucket)
        return [open(), open()]
      },
      { numRuns: 60 },
    )
  })
})
