import { describe, expect, it } from 'vitest'
import type { DriverPresignOptions, ObjectLocation, PresignedUpload } from '../src/driver.js'
import { MemoryDriver } from '../src/drivers/memory/index.js'
import { Avatars } from './avatars.js'

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

describe('an upload in parts', () => {
  it('pins number, size and lifetime of a part that a browser sends', async () => {
    const driver = new Presigning()
    const upload = await new Avatars(driver).multipart('a')
    await upload.presignPart(3, { contentLength: 10 })
    expect(driver.asked).toEqual([
      { kind: 'part', uploadId: upload.uploadId, partNumber: 3, contentLength: 10, expiresInSeconds: 300 },
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
})
