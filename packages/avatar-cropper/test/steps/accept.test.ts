import type { DriverPresignOptions, StorageDriver } from '@bucket-brigade/core'
import { DriverError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import sharp from 'sharp'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { CropperOptions } from '../../src/index.js'
import { Avatars, keysOf, openCropper, SQUARE } from '../avatars.js'
import { around, counting } from '../faults.js'
import { noise, quarters } from '../pictures.js'

let picture: Buffer
let large: Buffer
beforeAll(async () => {
  picture = await quarters()
  large = await noise(800, 600)
})

/** A driver that takes uploads from outside, by form or by PUT alone. */
function accepting(inner: StorageDriver, asked: DriverPresignOptions[], forms: 'forms' | 'no forms'): StorageDriver {
  return around(inner, {
    presignUpload: async (at, options) => {
      asked.push(options)
      const expiresAt = new Date(0)
      if (options.kind !== 'post')
        return { method: 'PUT', url: `https://bucket.example/${at.key}`, headers: {}, expiresAt }
      if (forms === 'no forms') throw new DriverError('unsupported', 'no forms')
      return { method: 'POST', url: 'https://bucket.example', fields: { key: at.key }, expiresAt }
    },
  })
}

async function site(options: Partial<CropperOptions> = {}, forms: 'forms' | 'no forms' = 'forms') {
  const asked: DriverPresignOptions[] = []
  const driver = counting(accepting(new MemoryDriver(), asked, forms))
  const cropper = await openCropper(driver, options)
  driver.calls.length = 0
  return { asked, driver, cropper, store: new Avatars(driver) }
}

function announce(bytes: Uint8Array, type = 'image/jpeg') {
  return { type, bytes: bytes.length }
}

describe('offerUpload', () => {
  it('pins key, size, type and expiry, and asks the bucket nothing', async () => {
    const { asked, driver, cropper } = await site()
    const offered = await cropper.offerUpload('leo', announce(picture))
    const key = `tmp/avatars/leo/${offered.session}/original`
    expect(offered).toMatchObject({
      step: 'accept',
      relativePath: `/${key}`,
      upload: { method: 'POST', fields: { key } },
    })
    expect(asked).toMatchObject([
      {
        kind: 'post',
        contentType: 'image/jpeg',
        minBytes: picture.length,
        maxBytes: picture.length,
        expiresInSeconds: 300,
      },
    ])
    expect(driver.calls).toEqual([])
  })

  it('sends a PUT that creates only, where forms are not wanted', async () => {
    const { cropper, asked } = await site({ directUploads: 'PUT' })
    expect((await cropper.offerUpload('leo', announce(picture))).upload.method).toBe('PUT')
    expect(asked).toMatchObject([{ kind: 'put', contentLength: picture.length, mode: 'create', metadata: {} }])
    const careless = await site({ directUploads: 'PUT', pointerWrites: 'last-writer-wins' })
    await careless.cropper.offerUpload('leo', announce(picture))
    expect(careless.asked).toMatchObject([{ kind: 'put', mode: 'overwrite' }])
  })

  it('fails where forms were asked for, and the service has none', async () => {
    const strict = await site({ directUploads: 'POST' }, 'no forms')
    await expect(strict.cropper.offerUpload('leo', announce(picture))).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('says that memory takes no uploads from outside', async () => {
    const offering = (await openCropper()).offerUpload('leo', announce(picture))
    await expect(offering).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('acceptUpload', () => {
  it('accepts what arrived, and gives the same token on every server', async () => {
    const { cropper, driver, store } = await site()
    const offered = await cropper.offerUpload('leo', announce(large))
    await store.put(offered.relativePath, large, { contentType: 'image/jpeg' })
    driver.calls.length = 0
    const accepted = await cropper.acceptUpload(offered.token)
    expect(driver.calls).toEqual([`get ${offered.relativePath.slice(1)}`])
    expect(accepted).toMatchObject({ step: 'crop', original: { width: 800, height: 600, bytes: large.length } })
    expect(accepted.deadline).toEqual(offered.deadline)
    const another = await openCropper(driver)
    expect(await another.acceptUpload(offered.token)).toEqual(accepted)
    expect((await another.crop(accepted.token, SQUARE)).step).toBe('save')
  })

  it('reads the whole picture where its head is not enough', async () => {
    const { cropper, store } = await site()
    const png = await quarters(900, 700, 'png')
    const webp = await quarters(2400, 1800, 'webp')
    for (const [bytes, type] of [
      [png, 'image/png'],
      [webp, 'image/webp'],
    ] as const) {
      const offered = await cropper.offerUpload('leo', announce(bytes, type))
      await store.put(offered.relativePath, bytes)
      expect((await cropper.acceptUpload(offered.token)).original).toMatchObject({ type, bytes: bytes.length })
    }
  })

  it('waits for the file', async () => {
    const { cropper } = await site()
    const { token } = await cropper.offerUpload('leo', announce(picture))
    await expect(cropper.acceptUpload(token)).rejects.toMatchObject({
      code: 'step-out-of-order',
      message: expect.stringContaining('has not arrived yet'),
    })
  })

  it.each([
    ['a picture of another type', () => quarters(100, 80, 'webp'), 'image-unsupported'],
    ['no picture', () => Buffer.from('<script>alert(1)</script>'), 'image-unsupported'],
    ['more bytes than announced', () => Buffer.concat([picture, Buffer.alloc(100_000)]), 'file-too-large'],
    ['half a picture', () => picture.subarray(0, 1500), 'image-corrupt'],
  ])('refuses %s, and removes it', async (_what, bytes, code) => {
    const { cropper, store } = await site()
    const offered = await cropper.offerUpload('leo', announce(picture))
    await store.put(offered.relativePath, await bytes())
    await expect(cropper.acceptUpload(offered.token)).rejects.toMatchObject({ code })
    expect(await keysOf(store)).toEqual([])
  })

  it('tells what the rights did not allow to remove, and refuses all the same', async () => {
    const leftovers: string[] = []
    const { driver, store, cropper: offering } = await site()
    const keeping = around(driver, {
      delete: async () => {
        throw new DriverError('permission-denied', 'no right to delete')
      },
    })
    const cropper = await openCropper(keeping, { onLeftover: ({ key }) => leftovers.push(key) })
    leftovers.length = 0
    const offered = await offering.offerUpload('leo', announce(picture))
    await store.put(offered.relativePath, 'no picture')
    await expect(cropper.acceptUpload(offered.token)).rejects.toMatchObject({ code: 'image-unsupported' })
    expect(leftovers).toEqual([offered.relativePath.slice(1)])
  })

  it('pins what it saw: what is put there later is not what was accepted', async () => {
    const { cropper, store } = await site()
    const offered = await cropper.offerUpload('leo', announce(picture))
    await store.put(offered.relativePath, picture)
    const { token } = await cropper.acceptUpload(offered.token)
    await store.put(offered.relativePath, large)
    await expect(cropper.crop(token, SQUARE)).rejects.toMatchObject({ code: 'original-changed' })
  })
})

describe('a burst of accepted files that have to be read whole', () => {
  it('takes the memory of those alone whose turn it is', async () => {
    const gif = await sharp(large).gif().toBuffer()
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let whole = 0
    const bucket = new MemoryDriver()
    const driver = around(accepting(bucket, [], 'forms'), {
      get: async (at, options) => {
        if (at.key.startsWith('tmp/') && options.range === undefined) {
          whole += 1
          await released
        }
        return bucket.get(at, options)
      },
    })
    const cropper = await openCropper(driver, { rendersAtOnce: 1 })
    const { token, relativePath } = await cropper.offerUpload('leo', announce(gif, 'image/gif'))
    await new Avatars(bucket).put(relativePath, gif)
    const accepted = Array.from({ length: 5 }, () => cropper.acceptUpload(token))
    await vi.waitUntil(() => whole > 0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(whole).toBe(1)
    release()
    const answers = await Promise.all(accepted)
    expect(new Set(answers.map((answer) => answer.token)).size).toBe(1)
  })
})
