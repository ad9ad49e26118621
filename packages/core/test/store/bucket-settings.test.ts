import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DiskDriver } from '../../src/drivers/disk/index.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { BucketSettings } from '../../src/store/bucket-settings.js'
import { BucketStore } from '../../src/store/bucket-store.js'
import { cacheDriver } from '../../src/wrappers/cache-driver.js'

describe('the settings of a bucket', () => {
  it('make a folder on disk, once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bucket-brigade-settings-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const settings = new BucketSettings(new DiskDriver({ directory: join(directory, 'data') }), 'pictures')
    expect([await settings.create(), await settings.create()]).toEqual(['created', 'already-yours'])
    expect((await stat(join(directory, 'data/pictures'))).isDirectory()).toBe(true)
    for (const ask of ['corsRules', 'lifecycleRules', 'publicAccess', 'ownership', 'location'] as const) {
      await expect(settings[ask]()).rejects.toMatchObject({ code: 'unsupported', bucket: 'pictures' })
    }
  })

  it('are those of the whole bucket, through whatever stands before the driver', async () => {
    const driver = cacheDriver(new MemoryDriver(), { maxBytes: 65_536 })
    const store = new (class extends BucketStore {
      readonly bucket = 'pictures'
      override readonly prefix = 'app/'
      override readonly legacyLeadingSlashKeys = 'included'
    })(driver)
    expect([await store.settings.create(), await store.settings.create()]).toEqual(['created', 'already-yours'])
  })

  it('are unsupported where the driver has none, and end with an abort', async () => {
    const memory = new MemoryDriver()
    const bare = new BucketSettings(Object.create(memory, { settings: { value: undefined } }) as MemoryDriver, 'b')
    await expect(bare.create()).rejects.toMatchObject({ code: 'unsupported', operation: 'create-bucket' })
    const reason = new Error('enough')
    const { settings } = new (class extends BucketStore {
      readonly bucket = 'pictures'
    })(memory)
    await expect(settings.create({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
