import { describe, expect, it } from 'vitest'
import { DiskDriver } from '../../src/drivers/disk/index.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { BucketStore } from '../../src/store/bucket-store.js'
import { browserRule, setBrowserAccess } from '../../src/upkeep/browser-access.js'

class Pictures extends BucketStore {
  readonly bucket = 'pictures'
}

describe('the rule for browsers', () => {
  it('lets each origin in once, for reads and direct uploads', () => {
    const rule = browserRule(['https://www.example.com', 'http://localhost:3000', 'https://www.example.com'])
    expect(rule).toMatchObject({
      id: 'bucket-brigade',
      origins: ['https://www.example.com', 'http://localhost:3000'],
      methods: ['GET', 'HEAD', 'PUT', 'POST'],
      exposedHeaders: expect.arrayContaining(['ETag', 'Location', 'Content-Range']),
      maxAgeInSeconds: 3600,
    })
  })

  it.each([
    ['*', undefined],
    ['https://www.example.com/', 'did you mean "https://www.example.com"?'],
    ['https://www.example.com/path', 'did you mean "https://www.example.com"?'],
    ['https://WWW.example.com:443', 'did you mean "https://www.example.com"?'],
    ['www.example.com', undefined],
    ['null', undefined],
    ['file:///tmp', undefined],
  ])('refuses %s', (origin, hint) => {
    const message = expect.stringContaining(hint ?? 'expected an exact origin')
    expect(() => browserRule([origin])).toThrow(expect.objectContaining({ code: 'invalid-argument', message }))
  })

  it('says on disk and in memory what to do instead', async () => {
    const disk = setBrowserAccess(new Pictures(new DiskDriver({ directory: './data' })), ['https://www.example.com'])
    await expect(disk).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('diskObjects({') })
    const memory = setBrowserAccess(new Pictures(new MemoryDriver()), ['https://www.example.com'])
    await expect(memory).rejects.toMatchObject({ code: 'unsupported' })
  })
})
