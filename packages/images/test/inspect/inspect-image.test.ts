import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { inspectImage, inspectImageHead } from '../../src/index.js'
import { noise, open, paint, waves } from '../pictures.js'

const HEAD_BYTES = 64 * 1024
const FORMATS = ['jpeg', 'png', 'webp', 'avif', 'gif'] as const

async function animation(frames: number, format: 'gif' | 'webp'): Promise<Buffer> {
  const { data, width, height } = paint(40, 40 * frames, (_, y) => [(Math.floor(y / 40) * 37) % 256, 90, 20])
  const raw = { width, height, channels: 3, pageHeight: 40 } as const
  return await sharp(data, { raw }).toFormat(format).toBuffer()
}

/** A JPEG whose metadata alone is longer than a head. */
async function jpegWithLongMetadata(): Promise<Buffer> {
  const bytes = await open(waves(60, 40)).jpeg().toBuffer()
  const segment = Buffer.alloc(65_000, 0x20)
  segment.writeUInt32BE(0xffec_fde6)
  return Buffer.concat([bytes.subarray(0, 2), segment, segment, bytes.subarray(2)])
}

describe('inspectImage', () => {
  it.each(FORMATS)('tells what a %s is', async (format) => {
    const bytes = await open(waves(60, 40)).toFormat(format).toBuffer()
    const info = { format, type: `image/${format}`, width: 60, height: 40, orientation: 1, frames: 1, hasAlpha: false }
    expect(await inspectImage(bytes)).toEqual(info)
    expect(await inspectImage(new Uint8Array(bytes))).toEqual(info)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('gives the size as displayed for EXIF %i', async (orientation) => {
    for (const format of ['jpeg', 'png', 'webp'] as const) {
      const bytes = await open(waves(60, 40)).withMetadata({ orientation }).toFormat(format).toBuffer()
      const size = orientation < 5 ? { width: 60, height: 40 } : { width: 40, height: 60 }
      expect(await inspectImage(bytes)).toMatchObject({ ...size, orientation })
    }
  })

  it('gives an AVIF upright, as browsers show it', async () => {
    const bytes = await open(waves(60, 40)).withMetadata({ orientation: 6 }).avif({ effort: 0 }).toBuffer()
    expect(await inspectImage(bytes)).toMatchObject({ width: 40, height: 60, orientation: 1 })
  })

  it.each(['gif', 'webp'] as const)('counts the frames of an animated %s', async (format) => {
    const bytes = await animation(7, format)
    expect(await inspectImage(bytes)).toMatchObject({ width: 40, height: 40, frames: 7 })
    await expect(inspectImage(bytes, { maxFrames: 6 })).rejects.toMatchObject({
      code: 'image-too-large',
      limit: 'maxFrames',
      message: expect.stringContaining('expected at most 6 frames; received 7'),
    })
  })

  it('says that a picture can be transparent', async () => {
    const bytes = await open(paint(9, 9, (x) => [1, 2, 3, x * 20]))
      .png()
      .toBuffer()
    expect(await inspectImage(bytes)).toMatchObject({ hasAlpha: true })
  })

  it('refuses types that are not allowed, and everything that is no picture', async () => {
    const gif = await open(waves(60, 40)).gif().toBuffer()
    await expect(inspectImage(gif, { allowed: ['jpeg', 'png'] })).rejects.toMatchObject({
      code: 'image-unsupported',
      message: expect.stringContaining('expected a picture of type jpeg, png; received gif'),
    })
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>')
    await expect(inspectImage(svg)).rejects.toMatchObject({ code: 'image-unsupported' })
    await expect(inspectImage(new Uint8Array())).rejects.toMatchObject({ code: 'image-unsupported' })
  })

  it('refuses more pixels than allowed', async () => {
    const bytes = await open(waves(60, 40)).png().toBuffer()
    expect(await inspectImage(bytes, { maxPixels: 2400 })).toMatchObject({ width: 60 })
    await expect(inspectImage(bytes, { maxPixels: 2399 })).rejects.toMatchObject({
      code: 'image-too-large',
      limit: 'maxPixels',
      message: expect.stringContaining('expected at most 2399 pixels; received 60 x 40 = 2400'),
    })
  })

  it.each([
    [{ maxPixels: 0 }, 'maxPixels'],
    [{ maxFrames: 1.5 }, 'maxFrames'],
    [{ timeoutInSeconds: 0 }, 'timeoutInSeconds'],
    [{ timeoutInSeconds: Number.NaN }, 'timeoutInSeconds'],
    [{ allowed: [] }, 'allowed'],
    [
      { pixels: 100 } as object,
      'limits to be named allowed, maxPixels, maxFrames, timeoutInSeconds, signal; received "pixels"',
    ],
  ])('refuses limits that make no sense: %j', async (limits, name) => {
    await expect(inspectImage(new Uint8Array(), limits)).rejects.toThrow(`expected ${name}`)
  })

  it('ends with the reason of an abort', async () => {
    const reason = new Error('the person has left')
    const bytes = await open(waves(60, 40)).png().toBuffer()
    await expect(inspectImage(bytes, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('inspectImageHead', () => {
  const large = noise(700, 500)
  const largeFiles = new Map<string, Promise<Buffer>>()

  /** Made once per format: noise is hard work for encoders. */
  function largeFile(format: 'jpeg' | 'png' | 'webp' | 'avif'): Promise<Buffer> {
    const options = format === 'avif' ? { quality: 95, effort: 0 } : { quality: 95 }
    const file = largeFiles.get(format) ?? open(large).toFormat(format, options).toBuffer()
    largeFiles.set(format, file)
    return file
  }

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('knows a large %s by its head', async (format) => {
    const bytes = await largeFile(format)
    expect(bytes.length).toBeGreaterThan(HEAD_BYTES)
    const info = await inspectImageHead(bytes.subarray(0, HEAD_BYTES), bytes.length)
    expect(info).toEqual(await inspectImage(bytes))
    expect(info).toMatchObject({ format, width: 700, height: 500 })
  })

  it('knows a lossless WebP and one with transparency by its head', async () => {
    const lossless = await open(large).webp({ lossless: true, effort: 0 }).toBuffer()
    const clear = await open(large).ensureAlpha(0.5).webp({ quality: 95 }).toBuffer()
    for (const bytes of [lossless, clear]) {
      const info = await inspectImageHead(bytes.subarray(0, HEAD_BYTES), bytes.length)
      expect(info).toEqual(await inspectImage(bytes))
    }
  })

  it('knows the orientation in the head of a JPEG and of a PNG', async () => {
    for (const format of ['jpeg', 'png'] as const) {
      const bytes = await open(large).withMetadata({ orientation: 6 }).toFormat(format, { quality: 95 }).toBuffer()
      const info = await inspectImageHead(bytes.subarray(0, HEAD_BYTES), bytes.length)
      expect(info).toMatchObject({ orientation: 6, width: 500, height: 700 })
    }
  })

  it('never answers from a short head what the whole file answers otherwise', async () => {
    for (const format of ['jpeg', 'png', 'webp', 'avif', 'gif'] as const) {
      const bytes = await open(waves(90, 60))
        .withMetadata({ orientation: 5 })
        .toFormat(format, { effort: 1 })
        .toBuffer()
      const whole = await inspectImage(bytes)
      for (let length = 24; length < bytes.length; length += 13) {
        const info = await inspectImageHead(bytes.subarray(0, length), bytes.length)
        if (info !== undefined) expect(info).toEqual(whole)
      }
    }
  })

  it('asks for the whole file where the head does not tell', async () => {
    const files = [
      await jpegWithLongMetadata(),
      await open(large).withMetadata({ orientation: 6 }).webp({ quality: 95 }).toBuffer(),
      await open(large).gif().toBuffer(),
      await animation(300, 'gif'),
    ]
    for (const bytes of files) {
      const head = bytes.subarray(0, Math.min(HEAD_BYTES, bytes.length - 1))
      expect(await inspectImageHead(head, bytes.length)).toBeUndefined()
      expect(await inspectImage(bytes)).toBeDefined()
    }
  })

  it('answers like inspectImage where the head is the whole file', async () => {
    const bytes = await animation(3, 'webp')
    expect(await inspectImageHead(bytes, bytes.length)).toEqual(await inspectImage(bytes))
    const gone = bytes.subarray(0, -8)
    await expect(inspectImageHead(gone, gone.length)).rejects.toMatchObject({ code: 'image-corrupt' })
  })

  it('refuses from the head alone what the limits do not allow', async () => {
    for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
      const bytes = await largeFile(format)
      const head = bytes.subarray(0, HEAD_BYTES)
      const small = { maxPixels: 349_999 }
      await expect(inspectImageHead(head, bytes.length, small)).rejects.toMatchObject({ code: 'image-too-large' })
      const others = { allowed: ['gif'] } as const
      await expect(inspectImageHead(head, bytes.length, others)).rejects.toMatchObject({ code: 'image-unsupported' })
    }
    const page = Buffer.from('<!doctype html><title>No picture at all</title>')
    await expect(inspectImageHead(page, 1_000_000)).rejects.toMatchObject({ code: 'image-unsupported' })
  })

  it('refuses a total that is smaller than the head', async () => {
    await expect(inspectImageHead(new Uint8Array(100), 99)).rejects.toThrow(
      'totalBytes to be an integer of at least 100',
    )
  })
})
