import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { DriverGetOptions, ObjectLocation, StorageDriver, StoredObject } from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { type CacheOptions, cacheDriver } from '../../src/wrappers/cache-driver.js'
import { Avatars } from '../avatars.js'

const MEBIBYTE = 1024 ** 2

/** A bucket that counts what is read of it, and can hold its answers back. */
class CountedBucket extends MemoryDriver {
  gets = 0
  heads = 0
  bytesSent = 0
  /** Called before every answer to a get. */
  onGet: (at: ObjectLocation, options: DriverGetOptions) => Promise<void> = async () => {}

  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    this.gets += 1
    await this.onGet(at, options)
    const opened = await super.get(at, options)
    this.bytesSent += opened.range?.length ?? opened.size
    return opened
  }

  override async head(...args: Parameters<MemoryDriver['head']>) {
    this.heads += 1
    return super.head(...args)
  }
}

function openPhotos(options: Partial<CacheOptions> = {}, bucket = new CountedBucket()) {
  const cached = cacheDriver(bucket, { maxBytes: MEBIBYTE, ...options })
  return { bucket, cached, photos: new Avatars(cached), elsewhere: new Avatars(bucket) }
}

async function read(photos: Avatars, key: string): Promise<string> {
  return text((await photos.get(key)).body)
}

describe('a cache', () => {
  it('moves the bytes of an object once, however often it is read', async () => {
    const { bucket, photos } = openPhotos()
    const bytes = Buffer.alloc(100_000, 'leo')
    await photos.put('leo.jpg', bytes, { contentType: 'image/jpeg', metadata: { by: 'leo' } })
    for (let reads = 0; reads < 10; reads++) {
      const { body, ...head } = await photos.get('leo.jpg')
      expect(head).toMatchObject({ size: 100_000, contentType: 'image/jpeg', metadata: { by: 'leo' } })
      expect((await buffer(body)).equals(bytes)).toBe(true)
    }
    expect(bucket).toMatchObject({ gets: 1, heads: 10, bytesSent: 100_000 })
  })

  it('cuts ranges out of what it holds, and lets those of other objects pass', async () => {
    const { bucket, photos } = openPhotos()
    await photos.put('digits', '0123456789')
    const cut = async () => text((await photos.get('digits', { range: { offset: 2, length: 3 } })).body)
    expect(await cut()).toBe('234')
    expect(bucket.bytesSent).toBe(3)
    expect(await read(photos, 'digits')).toBe('0123456789')
    expect(await cut()).toBe('234')
    expect(bucket).toMatchObject({ gets: 2, bytesSent: 13 })
    await expect(photos.get('digits', { range: { offset: 10 } })).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('shows at once what another server wrote, or removed', async () => {
    const { photos, elsewhere } = openPhotos()
    await photos.put('state', 'one')
    expect(await read(photos, 'state')).toBe('one')
    await elsewhere.put('state', 'two', { metadata: { revision: '2' } })
    expect(await read(photos, 'state')).toBe('two')
    await elsewhere.put('state', 'two', { metadata: { revision: '3' } })
    const { body, metadata } = await photos.get('state')
    body.destroy()
    expect(metadata).toEqual({ revision: '3' })
    await elsewhere.delete('state')
    await expect(photos.get('state')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('serves immutable keys without a request, until they are written or removed here', async () => {
    const { bucket, photos } = openPhotos({ isImmutable: (key) => key.startsWith('by-digest/') })
    await photos.put('by-digest/1', 'one')
    expect(await read(photos, 'by-digest/1')).toBe('one')
    const before = { gets: bucket.gets, heads: bucket.heads }
    expect(await read(photos, 'by-digest/1')).toBe('one')
    const { etag } = await photos.head('by-digest/1')
    expect(await text((await photos.get('by-digest/1', { ifMatch: etag })).body)).toBe('one')
    expect(bucket).toMatchObject(before)
    await expect(photos.get('by-digest/1', { ifNoneMatch: etag })).rejects.toMatchObject({
      code: 'precondition-failed',
    })
    await expect(photos.get('by-digest/1', { ifMatch: '"other"' })).rejects.toMatchObject({
      code: 'precondition-failed',
    })
    for (const remove of [() => photos.delete('by-digest/1'), () => photos.deletePrefix('by-digest/')]) {
      await remove()
      await expect(photos.get('by-digest/1')).rejects.toMatchObject({ code: 'not-found' })
      await photos.put('by-digest/1', 'again')
      expect(await read(photos, 'by-digest/1')).toBe('again')
    }
  })

  it('lets many readers of one object wait for one fetch', async () => {
    const { bucket, photos } = openPhotos()
    await photos.put('leo.jpg', Buffer.alloc(50_000, 1))
    const readers = Array.from({ length: 40 }, async () => buffer((await photos.get('leo.jpg')).body))
    for (const bytes of await Promise.all(readers)) expect(bytes.equals(Buffer.alloc(50_000, 1))).toBe(true)
    expect(bucket).toMatchObject({ gets: 1, bytesSent: 50_000 })
  })

  it('goes on for the others when the reader who began is aborted', async () => {
    const { bucket, photos } = openPhotos()
    await photos.put('leo.jpg', 'the whole picture')
    const begun = gate()
    bucket.onGet = begun.wait
    const leaving = new AbortController()
    const first = photos.get('leo.jpg', { signal: leaving.signal })
    const second = read(photos, 'leo.jpg')
    await expect.poll(() => bucket.heads, { timeout: 60_000 }).toBe(2)
    leaving.abort(new Error('gone home'))
    await expect(first).rejects.toThrow('gone home')
    begun.open()
    expect(await second).toBe('the whole picture')
    expect(await read(photos, 'leo.jpg')).toBe('the whole picture')
    expect(bucket.gets).toBe(1)
  })

  it('cancels a fetch that nobody waits for, and keeps nothing of it', async () => {
    const { bucket, photos } = openPhotos()
    await photos.put('leo.jpg', 'the whole picture')
    const signals: (AbortSignal | undefined)[] = []
    const begun = gate()
    bucket.onGet = async (_at, { signal }) => {
      signals.push(signal)
      await begun.wait()
    }
    const leaving = new AbortController()
    const reading = photos.get('leo.jpg', { signal: leaving.signal })
    await expect.poll(() => signals.length, { timeout: 60_000 }).toBe(1)
    leaving.abort()
    await expect(reading).rejects.toThrow()
    expect(signals[0]?.aborted).toBe(true)
    begun.open()
    expect(await read(photos, 'leo.jpg')).toBe('the whole picture')
    expect(bucket.gets).toBe(2)
  })

  it('never takes the bytes of another version for those of an ETag', async () => {
    const { bucket, photos, elsewhere } = openPhotos()
    await photos.put('state', 'old')
    bucket.onGet = async (_at, { ifMatch }) => {
      if (ifMatch !== undefined) await elsewhere.put('state', 'new, and longer')
    }
    const { body, etag, size } = await photos.get('state')
    expect(await text(body)).toBe('new, and longer')
    expect({ etag, size }).toMatchObject(await elsewhere.head('state').then(({ etag, size }) => ({ etag, size })))
  })

  it('holds that also against a service that ignores conditions of reads', async () => {
    class Careless extends CountedBucket {
      override get(at: ObjectLocation, { range, signal }: DriverGetOptions) {
        return super.get(at, { range, signal })
      }
    }
    const { bucket, photos, elsewhere } = openPhotos({}, new Careless())
    await photos.put('state', 'old')
    bucket.onGet = async () => {
      bucket.onGet = async () => {}
      await elsewhere.put('state', 'new')
    }
    const { body, etag } = await photos.get('state')
    expect(await text(body)).toBe('new')
    expect(etag).toBe((await elsewhere.head('state')).etag)
  })

  it('keeps nothing of a body that broke off, and says so', async () => {
    const { bucket, photos } = openPhotos()
    await photos.put('leo.jpg', '0123456789')
    const whole = bucket.get.bind(bucket)
    let breaks = 1
    bucket.get = async (at, options) => {
      const opened = await whole(at, options)
      if (breaks-- <= 0) return opened
      opened.body.destroy()
      return { ...opened, body: Readable.from(brokenBody(), { objectMode: false }) }
    }
    await expect(photos.get('leo.jpg')).rejects.toMatchObject({ message: expect.stringContaining('the line is dead') })
    expect(await read(photos, 'leo.jpg')).toBe('0123456789')
  })

  it('lets the least recently read go first', async () => {
    const { bucket, photos } = openPhotos({ maxBytes: 3 * 30_000, maxObjectBytes: 30_000 })
    for (const key of ['a', 'b', 'c', 'd']) await photos.put(key, Buffer.alloc(27_000, key))
    for (const key of ['a', 'b', 'c', 'a', 'd']) await read(photos, key)
    expect(bucket.gets).toBe(4)
    for (const key of ['d', 'a', 'c']) await read(photos, key)
    expect(bucket.gets).toBe(4)
    await read(photos, 'b')
    expect(bucket.gets).toBe(5)
  })

  it('holds no more than it may, also while much is fetched at once', async () => {
    const { bucket, photos } = openPhotos({ maxBytes: 100_000, maxObjectBytes: 100_000 })
    const keys = Array.from({ length: 8 }, (_, index) => `photo-${index}`)
    for (const key of keys) await photos.put(key, Buffer.alloc(40_000, key))
    const begun = gate()
    const pinned: string[] = []
    bucket.onGet = async (at, { ifMatch }) => {
      if (ifMatch === undefined) return
      pinned.push(at.key)
      await begun.wait()
    }
    const reading = keys.map(async (key) => buffer((await photos.get(key)).body))
    await expect.poll(() => bucket.gets, { timeout: 60_000 }).toBe(8)
    // Two are fetched to be kept; there is no room for more, so the others pass through.
    expect(pinned).toHaveLength(2)
    begun.open()
    const bodies = await Promise.all(reading)
    for (const [index, body] of bodies.entries()) expect(body.equals(Buffer.alloc(40_000, keys[index]))).toBe(true)
  })

  it('bounds empty objects too', async () => {
    const { bucket, photos } = openPhotos({ maxBytes: 65_536 })
    for (let index = 0; index < 40; index++) await photos.put(`empty-${index}`, '')
    for (let index = 0; index < 40; index++) await read(photos, `empty-${index}`)
    expect(bucket.gets).toBe(40)
    await read(photos, 'empty-39')
    expect(bucket.gets).toBe(40)
    await read(photos, 'empty-0')
    expect(bucket.gets).toBe(41)
  })

  it('lets large objects pass as a stream', async () => {
    const { bucket, photos } = openPhotos({ maxObjectBytes: 10 })
    await photos.put('large', '01234567890')
    expect([await read(photos, 'large'), await read(photos, 'large')]).toEqual(['01234567890', '01234567890'])
    expect(bucket.gets).toBe(2)
  })

  it('forgets everything when it is closed', async () => {
    const { bucket, cached, photos } = openPhotos()
    await photos.put('leo.jpg', 'x')
    await read(photos, 'leo.jpg')
    await cached.close()
    await read(photos, 'leo.jpg')
    expect(bucket.gets).toBe(2)
  })

  it.each([{ maxBytes: 100 }, { maxBytes: Number.NaN }, { maxObjectBytes: -1 }, { maxObjectBytes: 2 * MEBIBYTE }])(
    'refuses %j',
    (options) => {
      const driver: StorageDriver = new MemoryDriver()
      expect(() => cacheDriver(driver, { maxBytes: MEBIBYTE, ...options })).toThrow(
        expect.objectContaining({ code: 'invalid-argument' }),
      )
    },
  )
})

async function* brokenBody(): AsyncGenerator<Buffer> {
  yield Buffer.from('012')
  throw new Error('the line is dead')
}

function gate(): { readonly wait: () => Promise<void>; readonly open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { wait: () => opened, open }
}
