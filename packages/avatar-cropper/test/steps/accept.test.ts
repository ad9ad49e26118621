import { DriverError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import sharp from 'sharp'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { Avatars, keysOf, openCropper, SQUARE } from '../avatars.js'
import { accepting, announce, directSite } from '../direct-site.js'
import { around } from '../faults.js'
import { noise, pictureOfManyPixels, quarters } from '../pictures.js'

let picture: Buffer
let large: Buffer
/** Only the whole of it tells all about it. */
let gif: Buffer
beforeAll(async () => {
  picture = await quarters()
  large = await noise(800, 600)
  gif = await sharp(await noise())
    .gif({ effort: 1 })
    .toBuffer()
})

describe('acceptUpload', () => {
  it('accepts what arrived, and gives the same token on every server', async () => {
    const { cropper, driver, store } = await directSite()
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
    const { cropper, store } = await directSite()
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
    const { cropper } = await directSite()
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
    ['a smaller picture than announced', () => quarters(40, 30), 'image-corrupt'],
    ['a drawing', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image-unsupported'],
    ['few bytes that unfold to very many pixels', () => pictureOfManyPixels(), 'image-too-large'],
  ])('refuses %s, and removes it', async (_what, bytes, code) => {
    const { cropper, store } = await directSite()
    const offered = await cropper.offerUpload('leo', announce(picture))
    await store.put(offered.relativePath, await bytes())
    await expect(cropper.acceptUpload(offered.token)).rejects.toMatchObject({ code })
    expect(await keysOf(store)).toEqual([])
  })

  it('notices a file that is exchanged while it is looked at', async () => {
    const { driver, store, cropper: offering } = await directSite()
    const exchanging = around(driver, {
      get: async (at, options) => {
        const found = await driver.get(at, options)
        if (options.range !== undefined) await store.put(at.key, large)
        return found
      },
    })
    const cropper = await openCropper(exchanging)
    const offered = await offering.offerUpload('leo', announce(gif, 'image/gif'))
    await store.put(offered.relativePath, gif)
    await expect(cropper.acceptUpload(offered.token)).rejects.toMatchObject({ code: 'original-changed' })
  })

  it('tells what the rights did not allow to remove, and refuses all the same', async () => {
    const leftovers: string[] = []
    const { driver, store, cropper: offering } = await directSite()
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
    const { cropper, store } = await directSite()
    const offered = await cropper.offerUpload('leo', announce(picture))
    await store.put(offered.relativePath, picture)
    const { token } = await cropper.acceptUpload(offered.token)
    await store.put(offered.relativePath, large)
    await expect(cropper.crop(token, SQUARE)).rejects.toMatchObject({ code: 'original-changed' })
  })
})

describe('a burst of accepted files that have to be read whole', () => {
  it('takes the memory of those alone whose turn it is', async () => {
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
    await vi.waitUntil(() => whole > 0, { timeout: 150_000 })
    await new Promise((resolve) => setImmediate(resolve))
    expect(whole).toBe(1)
    release()
    const answers = await Promise.all(accepted)
    expect(new Set(answers.map((answer) => answer.token)).size).toBe(1)
  })
})
