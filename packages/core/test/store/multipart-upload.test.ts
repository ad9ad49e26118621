import { describe, expect, it } from 'vitest'
import type {
  Cancellable,
  DriverBody,
  DriverPresignOptions,
  ObjectLocation,
  PresignedUpload,
} from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { Avatars, requestsDuring } from '../avatars.js'

class Presigning extends MemoryDriver {
  readonly asked: DriverPresignOptions[] = []
}

Object.assign(Presigning.prototype, {
  presignUpload: async function presignUpload(
    this: Presigning,
    _at: ObjectLocation,
    options: DriverPresignOptions,
  ): Promise<PresignedUpload> {
    this.asked.push(options)
    return { method: 'PUT', url: 'https://memory.example/part', headers: {}, expiresAt: new Date() }
  },
})

/** Never answers parts, and keeps an upload alive once more when it is aborted, as a part does that arrives late. */
class LateParts extends MemoryDriver {
  #aborts = 0

  override async uploadPart(
    _at: ObjectLocation,
    _uploadId: string,
    _partNumber: number,
    _body: DriverBody,
    { signal }: Cancellable = {},
  ): Promise<never> {
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  }

  override async abortMultipart(...args: Parameters<MemoryDriver['abortMultipart']>): Promise<void> {
    this.#aborts += 1
    if (this.#aborts > 1) await super.abortMultipart(...args)
  }
}

describe('an upload in parts', () => {
  it('pins number, size and lifetime of a part that a browser sends', async () => {
    const driver = new Presigning()
    const upload = await new Avatars(driver).multipart('a')
    await upload.presignPart(3, { contentLength: 10 })
    await upload.presignPart(4, { contentLength: 'any' })
    const { uploadId } = upload
    expect(driver.asked).toEqual([
      { kind: 'part', uploadId, partNumber: 3, contentLength: 10, expiresInSeconds: 300 },
      { kind: 'part', uploadId, partNumber: 4, contentLength: undefined, expiresInSeconds: 300 },
    ])
  })

  it.each([
    [0, { contentLength: 1 }, 'partNumber'],
    [10_001, { contentLength: 1 }, 'partNumber'],
    [1, { contentLength: 0 }, 'contentLength'],
    [1, { contentLength: 6 * 1024 ** 3 }, 'contentLength'],
    [1, { contentLength: 1, expiresInSeconds: 0 }, 'expiresInSeconds'],
  ])('refuses to presign part %s with %o', async (number, options, field) => {
    const upload = await new Avatars(new Presigning()).multipart('a')
    await expect(upload.presignPart(number, options)).rejects.toMatchObject({
      ...{ name: 'StoreError', code: 'invalid-argument', key: 'a' },
      message: expect.stringContaining(`expected ${field} to be an integer`),
    })
  })

  it('says which parts make no object', async () => {
    const upload = await new Avatars().multipart('a')
    const part = await upload.uploadPart(2, Buffer.from('x'))
    await expect(upload.complete([])).rejects.toThrow('expected at least one part; received none')
    await expect(upload.complete([part, part])).rejects.toThrow('expected every part once; received two of number 2')
  })

  it('keeps parts although the caller uses its buffer again', async () => {
    const store = new Avatars()
    const upload = await store.multipart('a')
    const bytes = Buffer.from('part')
    const part = await upload.uploadPart(1, bytes)
    bytes.fill('x')
    await upload.complete([part])
    const { body } = await store.get('a')
    expect(await body.toArray()).toEqual([Buffer.from('part')])
  })

  it('cancels the parts that it is sending when it is aborted, and asks whether the service kept any', async () => {
    const driver = new LateParts()
    const store = new Avatars(driver)
    const upload = await store.multipart('a')
    const sending = [1, 2].map((number) => upload.uploadPart(number, Buffer.from('late')))
    const ends = Promise.allSettled(sending)
    const events = await requestsDuring(store, () => upload.abort())
    for (const end of await ends) {
      expect(end).toMatchObject({ status: 'rejected', reason: { name: 'StoreError', code: 'not-found', key: 'a' } })
    }
    expect(events.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['upload-part', 'aborted'],
      ['upload-part', 'aborted'],
      ['abort-multipart', 'ok'],
      ['list-parts', 'ok'],
      ['abort-multipart', 'ok'],
      ['list-parts', 'not-found'],
    ])
    expect(await store.unfinishedUploads()).toEqual([])
  })

  it('is aborted by one request where nothing was on its way', async () => {
    const store = new Avatars()
    const upload = await store.multipart('a')
    await upload.uploadPart(1, Buffer.from('there'))
    const events = await requestsDuring(store, () => upload.abort())
    expect(events.map(({ operation }) => operation)).toEqual(['abort-multipart'])
  })

  it('can go on after an abort that failed', async () => {
    const driver = new MemoryDriver()
    driver.abortMultipart = async () => {
      throw new Error('HTTP 503')
    }
    const upload = await new Avatars(driver).multipart('a')
    await expect(upload.abort()).rejects.toMatchObject({ operation: 'abort-multipart' })
    const part = await upload.uploadPart(1, Buffer.from('more'))
    expect(await upload.complete([part])).toMatchObject({ size: 4 })
  })
})
