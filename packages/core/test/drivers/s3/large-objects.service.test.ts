import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { createBucket } from '../../../../../test/services/buckets.js'
import { ConditionalWriter } from '../../../src/drivers/s3/conditional-write.js'
import { copyInParts } from '../../../src/drivers/s3/copy-parts.js'
import { S3Driver } from '../../../src/drivers/s3/index.js'
import { S3Multipart } from '../../../src/drivers/s3/multipart.js'
import { headObject } from '../../../src/drivers/s3/read-object.js'
import { S3Connection } from '../../../src/drivers/s3/s3-connection.js'
import { checkS3Options } from '../../../src/drivers/s3/s3-options.js'
import { BucketStore } from '../../../src/store/bucket-store.js'
import { keysOf, patternOf, putAll } from '../../../src/testing/contents.js'

const MIB = 1024 ** 2
const PART = 5 * MIB

function options() {
  const { endpoints, region, credentials } = inject('ceph')
  return { endpoint: endpoints[0], region, credentials }
}

async function openStore(): Promise<BucketStore> {
  const name = await createBucket(inject('ceph'))
  const driver = new S3Driver(options())
  onTestFinished(() => driver.close())
  return new (class extends BucketStore {
    readonly bucket = name
  })(driver)
}

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('large objects on Ceph', () => {
  it('are sent and fetched in parts, several at a time', async () => {
    const store = await openStore()
    const bytes = patternOf(33 * MIB + 5)
    const source = Readable.from(chunksOf(bytes, 100_000))
    await store.put('large', source, { concurrency: 4, partSizeInBytes: PART })
    const { body, size } = await store.get('large', { concurrency: 4, partSizeInBytes: PART })
    expect(size).toBe(bytes.length)
    expect((await buffer(body)).equals(bytes)).toBe(true)
    const range = { offset: 3 * MIB, length: 20 * MIB }
    const middle = await store.get('large', { range, concurrency: 3, partSizeInBytes: PART })
    expect((await buffer(middle.body)).equals(bytes.subarray(range.offset, range.offset + range.length))).toBe(true)
  })

  it('leave nothing behind where their source fails with parts on their way', async () => {
    const store = await openStore()
    const bytes = patternOf(31 * MIB)
    const failing = (function* () {
      yield* chunksOf(bytes, 100_000)
      throw new Error('the sender left')
    })()
    const put = store.put('large', Readable.from(failing), { concurrency: 6, partSizeInBytes: PART })
    await expect(put).rejects.toThrow('the sender left')
    expect(await store.unfinishedUploads()).toEqual([])
    expect(await keysOf(store)).toEqual([])
  })

  it('leave nothing behind where they are aborted with parts on their way', async () => {
    const store = await openStore()
    for (const delay of [0, 5, 20, 60]) {
      const upload = await store.multipart('large')
      const sending = Promise.allSettled(
        [1, 2, 3, 4].map((number) => upload.uploadPart(number, patternOf(PART, number))),
      )
      await new Promise((resolve) => setTimeout(resolve, delay))
      await upload.abort()
      await sending
      await expect(upload.parts()).rejects.toMatchObject({ code: 'not-found' })
    }
    expect(await store.unfinishedUploads()).toEqual([])
  })

  it('are copied in parts, with their attributes', async () => {
    const store = await openStore()
    const bytes = patternOf(3 * PART + 9)
    await store.put('from', bytes, { contentType: 'video/mp4', metadata: { by: 'léo' } })
    const connection = new S3Connection(checkS3Options(options(), {}))
    onTestFinished(() => connection.close())
    const multipart = new S3Multipart(connection, new ConditionalWriter(connection))
    const [from, to] = ['from', 'to'].map((key) => ({ bucket: store.bucket, key })) as [never, never]
    const source = await headObject(connection, from, {})
    const { etag } = await copyInParts(connection, multipart, from, to, {
      ...{ source, partBytes: PART, attributes: source },
    })
    const copied = await store.get('to')
    expect(copied).toMatchObject({ etag, contentType: 'video/mp4', metadata: { by: 'léo' }, size: bytes.length })
    expect((await buffer(copied.body)).equals(bytes)).toBe(true)

    await store.put('from', patternOf(3 * PART, 5))
    const stale = copyInParts(connection, multipart, from, to, { source, partBytes: PART, attributes: source })
    await expect(stale).rejects.toThrow()
    expect((await store.head('to')).etag).toBe(etag)
    expect(await store.unfinishedUploads()).toEqual([])
  })
})

describe('many objects on Ceph', () => {
  it('are copied, moved and deleted below one prefix, and none of its siblings', async () => {
    const store = await openStore()
    const names = Array.from({ length: 120 }, (_, index) => `n ${index}+ü`)
    await putAll(store, [...names.map((name) => `users/1/${name}`), 'users/10/a'])
    expect(await store.copyPrefix('users/1/', 'copy/', { concurrency: 16 })).toBe(120)
    expect(await store.copyPrefix('users/1/', 'copy/', { existing: 'keep' })).toBe(0)
    expect(await store.movePrefix('users/1/', 'moved/', { concurrency: 16 })).toBe(120)
    expect(await keysOf(store, 'users/')).toEqual(['users/10/a'])
    expect(await keysOf(store, 'moved/')).toHaveLength(120)
    expect(await store.deletePrefix('moved/')).toBe(120)
    expect(await store.deletePrefix('copy/')).toBe(120)
    expect(await keysOf(store)).toEqual(['users/10/a'])
  })
})
