import { MemoryDriver } from '@bucket-brigade/core/memory'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { Avatars, bytesOf, keysOf, openCropper, SQUARE } from '../avatars.js'
import { counting, lostReply, onPut } from '../faults.js'
import { BLUE, distance, GREEN, middle, quarters, RED, YELLOW } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

describe('crop', () => {
  it('shows the same preview for the same crop, wherever it is asked, and opens a save of its own each time', async () => {
    const driver = new MemoryDriver()
    const { token } = await (await openCropper(driver)).upload('leo', picture)
    const one = await (await openCropper(driver)).crop(token, SQUARE)
    const two = await (await openCropper(driver)).crop(token, { ...SQUARE, x: 0.3 })
    expect(two.relativePath).toBe(one.relativePath)
    expect(two.avatarId).toBe(one.avatarId)
    expect(two.token).not.toBe(one.token)
    expect(await keysOf(new Avatars(driver), 'tmp/')).toHaveLength(2)
  })

  it('starts from the original when one goes back', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    const cropper = await openCropper(driver)
    const { token } = await cropper.upload('leo', picture)
    for (const [x, y, colour] of [
      [0, 0, RED],
      [250, 0, GREEN],
      [0, 180, BLUE],
      [250, 180, YELLOW],
    ] as const) {
      const { relativePath } = await cropper.crop(token, { ...SQUARE, x, y })
      expect(distance(await middle(await bytesOf(store, relativePath)), colour)).toBeLessThan(12)
    }
  })

  it('crops what the person saw: EXIF orientation 6, flipped, rotated', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    const turned = await sharp(picture).withMetadata({ orientation: 6 }).toBuffer()
    const cropper = await openCropper(driver)
    const { token, original } = await cropper.upload('leo', turned)
    expect(original).toMatchObject({ width: 300, height: 400 })
    const colour = async (crop: object) =>
      middle(await bytesOf(store, (await cropper.crop(token, { ...SQUARE, ...crop })).relativePath))
    // Displayed, the quarters are: blue, red above yellow, green.
    expect(distance(await colour({ x: 10, y: 10 }), BLUE)).toBeLessThan(12)
    expect(distance(await colour({ x: 190, y: 10 }), RED)).toBeLessThan(12)
    expect(distance(await colour({ x: 190, y: 10, scaleX: -1 }), BLUE)).toBeLessThan(12)
    expect(distance(await colour({ x: 10, y: 10, scaleY: -1 }), YELLOW)).toBeLessThan(12)
    expect(distance(await colour({ x: 290, y: 10, rotate: 90 }), BLUE)).toBeLessThan(12)
  })

  it('tells which pictures will be enlarged', async () => {
    const cropper = await openCropper(undefined, { edges: [32, 64, 512] })
    const { token } = await cropper.upload('leo', picture)
    expect((await cropper.crop(token, { ...SQUARE, width: 50, height: 50 })).enlargedEdges).toEqual([512, 64])
  })

  it.each([
    [{ x: 302 }, 'crop-out-of-bounds', 'crop.x'],
    [{ y: -3 }, 'crop-out-of-bounds', 'crop.y'],
    [{ width: 0, height: 0 }, 'crop-out-of-bounds', 'crop.width'],
    [{ width: 98 }, 'invalid-request', 'crop.height'],
    [{ x: Number.NaN }, 'invalid-request', 'crop.x'],
    [{ rotate: Number.POSITIVE_INFINITY }, 'invalid-request', 'crop.rotate'],
    [{ scaleY: 0.5 }, 'invalid-request', 'crop.scaleY'],
  ])('refuses %j by name, without a request', async (change, code, field) => {
    const driver = counting(new MemoryDriver())
    const cropper = await openCropper(driver)
    const { token } = await cropper.upload('leo', picture)
    driver.calls.length = 0
    await expect(cropper.crop(token, { ...SQUARE, ...change })).rejects.toMatchObject({ code, field })
    expect(driver.calls).toEqual([])
  })

  it('forgives a pixel of rounding', async () => {
    const cropper = await openCropper()
    const { token } = await cropper.upload('leo', picture)
    const { crop } = await cropper.crop(token, { x: 301, y: -0.6, width: 100, height: 100.6 })
    expect(crop).toMatchObject({ x: 300, y: 0 })
  })

  it('settles a preview whose reply was lost', async () => {
    const driver = onPut(new MemoryDriver(), /crop-/, async (put, at, body, options) => {
      await put(at, body, options)
      throw lostReply()
    })
    const cropper = await openCropper(driver)
    const { token } = await cropper.upload('leo', picture)
    expect((await cropper.crop(token, SQUARE)).step).toBe('save')
  })
})
