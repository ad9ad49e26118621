import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { ImageError, type InputFormat, inspectImage, renderImage } from '../src/index.js'
import { noise, open } from './pictures.js'

const FORMATS = [
  ...(['jpeg', 'progressive jpeg', 'png', 'interlaced png', 'webp', 'lossless webp', 'avif', 'gif'] as const),
  ...(['animated webp', 'animated gif'] as const),
]
const outputs = [{ width: 48, height: 40, format: 'png' }] as const

/** Frames of 96 x 80. */
function threeFrames(): Sharp {
  const { data, channels } = noise(96, 240)
  return sharp(data, { raw: { width: 96, height: 240, channels, pageHeight: 80 } })
}

function save(kind: (typeof FORMATS)[number]): Promise<Buffer> {
  const picture = open(noise(96, 80))
  if (kind === 'progressive jpeg') return picture.jpeg({ progressive: true }).toBuffer()
  if (kind === 'interlaced png') return picture.png({ progressive: true }).toBuffer()
  if (kind === 'animated webp') return threeFrames().webp({ effort: 0 }).toBuffer()
  if (kind === 'animated gif') return threeFrames().gif({ effort: 1 }).toBuffer()
  if (kind === 'lossless webp') return picture.webp({ lossless: true, effort: 0 }).toBuffer()
  const format: InputFormat = kind
  return picture.toFormat(format, format === 'avif' ? { effort: 1 } : {}).toBuffer()
}

describe.each(FORMATS)('a %s', (kind) => {
  it('that was cut off anywhere ends in image-corrupt', async () => {
    const whole = await save(kind)
    for (const share of [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.995]) {
      const bytes = whole.subarray(0, Math.max(64, Math.floor(whole.length * share)))
      await expect(renderImage(bytes, { outputs })).rejects.toMatchObject({ code: 'image-corrupt' })
    }
    await expect(renderImage(whole.subarray(0, -2), { outputs })).rejects.toMatchObject({ code: 'image-corrupt' })
  })

  it('with bytes that were changed is rendered or refused by an ImageError, never anything else', async () => {
    const whole = await save(kind)
    let seed = 7
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    for (let round = 0; round < 80; round += 1) {
      const bytes = Buffer.from(whole)
      const from = random(round % 2 === 0 ? 300 : bytes.length)
      for (let at = from; at < Math.min(from + 1 + random(8), bytes.length); at += 1) bytes[at] = random(256)
      const ended = await renderImage(bytes, { outputs }).catch((error: unknown) => error)
      if (!Array.isArray(ended)) {
        expect(ended).toBeInstanceOf(ImageError)
        expect(ImageError.is(ended, 'image-corrupt', 'image-unsupported', 'image-too-large')).toBe(true)
      }
    }
  })
})

describe('what inspectImage finds without decoding', () => {
  it.each(FORMATS)('a %s that was cut off', async (kind) => {
    const whole = await save(kind)
    await expect(inspectImage(whole.subarray(0, -20))).rejects.toMatchObject({
      code: 'image-corrupt',
      message: expect.stringContaining('damaged or cut off'),
    })
  })
})

it("tells the decoder's own words as the cause", async () => {
  const bytes = await save('png')
  bytes.fill(0x55, 2000, 2100)
  await expect(renderImage(bytes, { outputs })).rejects.toMatchObject({
    code: 'image-corrupt',
    cause: expect.objectContaining({ message: expect.stringContaining('libpng') }),
  })
})
