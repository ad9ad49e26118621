import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { type ImageRecipe, type RenderedImage, renderImage } from '../../src/index.js'
import { decode, difference, noise, open, paint, pixelAt, type Rgba, waves } from '../pictures.js'

const SQUARE = { x: 10, y: 5, width: 40, height: 40 }

async function renderOne(source: Uint8Array, recipe: ImageRecipe): Promise<RenderedImage> {
  const [rendered] = await renderImage(source, recipe)
  if (!rendered) throw new Error('nothing rendered')
  return rendered
}

/** Left half red, right half transparent. */
function halfClear() {
  return open(paint(80, 60, (x) => (x < 40 ? [200, 0, 0, 255] : [0, 200, 0, 0])))
}

describe('renderImage', () => {
  it('makes every output from one crop, in order', async () => {
    const source = await open(waves(80, 60)).jpeg().toBuffer()
    const rendered = await renderImage(source, {
      crop: SQUARE,
      outputs: [
        { width: 20, height: 20, format: 'webp' },
        { width: 80, height: 80, format: 'auto' },
        { width: 30, height: 20, format: 'png' },
        { width: 10, height: 10, format: 'avif' },
      ],
    })
    expect(rendered.map(({ bytes: _, ...rest }) => rest)).toEqual([
      { width: 20, height: 20, format: 'webp', type: 'image/webp', extension: 'webp', scale: 0.5 },
      { width: 80, height: 80, format: 'jpeg', type: 'image/jpeg', extension: 'jpg', scale: 2 },
      { width: 30, height: 20, format: 'png', type: 'image/png', extension: 'png', scale: 0.75 },
      { width: 10, height: 10, format: 'avif', type: 'image/avif', extension: 'avif', scale: 0.25 },
    ])
    for (const { bytes, width, height } of rendered) expect(await decode(bytes)).toMatchObject({ width, height })
  })

  it('takes the whole picture where no crop is given', async () => {
    const picture = waves(80, 60)
    const source = await open(picture).png().toBuffer()
    const { bytes, scale } = await renderOne(source, { outputs: [{ width: 80, height: 60, format: 'png' }] })
    expect(difference(await decode(bytes), picture)).toEqual({ mean: 0, max: 0 })
    expect(scale).toBe(1)
  })

  it('gives the same bytes for the same recipe', async () => {
    const source = await open(waves(80, 60)).jpeg().toBuffer()
    const outputs = (['jpeg', 'png', 'webp', 'avif'] as const).map((format) => ({ width: 24, height: 24, format }))
    const recipe = { crop: { ...SQUARE, rotate: 3 }, outputs }
    expect(await renderImage(source, recipe)).toEqual(await renderImage(Uint8Array.from(source), recipe))
  })

  it('follows the quality that is asked for', async () => {
    const source = await open(noise(64, 64)).png().toBuffer()
    for (const format of ['jpeg', 'webp', 'avif', 'auto'] as const) {
      const outputs = [20, 90].map((quality) => ({ width: 64, height: 64, format, quality }))
      const [low, high] = await renderImage(source, { outputs })
      expect(low?.bytes.length).toBeLessThan(high?.bytes.length ?? 0)
    }
  })

  it.each(['gif', 'webp'] as const)('takes the first frame of an animated %s', async (format) => {
    const { data } = paint(40, 120, (_, y) => [y < 40 ? 250 : 0, y < 40 ? 10 : 250, 30])
    const raw = { width: 40, height: 120, channels: 3, pageHeight: 40 } as const
    const source = await sharp(data, { raw }).toFormat(format).toBuffer()
    const { bytes } = await renderOne(source, { outputs: [{ width: 40, height: 40, format: 'png' }] })
    const [red, green] = pixelAt(await decode(bytes), 20, 39)
    expect(red).toBeGreaterThan(200)
    expect(green).toBeLessThan(50)
  })

  it('says before any work that a crop leaves the picture', async () => {
    const source = await open(waves(80, 60)).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const outputs = [{ width: 10, height: 10, format: 'auto' }] as const
    await expect(renderImage(source, { crop: { x: 20, y: 0, width: 60, height: 60 }, outputs })).rejects.toMatchObject({
      code: 'crop-out-of-bounds',
      field: 'crop.x',
      message: expect.stringContaining('expected crop.x + crop.width to be at most 60; received 80'),
    })
  })
})

describe('transparency', () => {
  const outputs = [{ width: 20, height: 20, format: 'auto' }] as const

  it('makes auto a PNG only where the crop holds some', async () => {
    const source = await halfClear().png().toBuffer()
    const opaque = await renderOne(source, { crop: { x: 0, y: 0, width: 40, height: 40 }, outputs })
    const clear = await renderOne(source, { crop: { x: 20, y: 0, width: 40, height: 40 }, outputs })
    expect([opaque.format, clear.format]).toEqual(['jpeg', 'png'])
    expect(pixelAt(await decode(clear.bytes), 19, 10)[3]).toBe(0)
  })

  it('makes auto a PNG where a rotation left corners empty, a JPEG where the crop avoids them', async () => {
    const source = await open(waves(200, 200)).jpeg().toBuffer()
    const whole = await renderOne(source, { crop: { x: 0, y: 0, width: 256, height: 256, rotate: 20 }, outputs })
    const inside = await renderOne(source, { crop: { x: 80, y: 80, width: 90, height: 90, rotate: 20 }, outputs })
    expect([whole.format, inside.format]).toEqual(['png', 'jpeg'])
  })

  it('shows it as white in a JPEG, without a rim of the hidden colour', async () => {
    const source = await halfClear().png().toBuffer()
    const { bytes } = await renderOne(source, {
      crop: { x: 20, y: 0, width: 40, height: 40 },
      outputs: [{ width: 40, height: 40, format: 'jpeg', quality: 100 }],
    })
    const rendered = await decode(bytes)
    expect(near(pixelAt(rendered, 35, 20), [255, 255, 255, 255])).toBe(true)
    expect(near(pixelAt(rendered, 5, 20), [200, 0, 0, 255])).toBe(true)
    for (let x = 0; x < 40; x += 1) {
      const [red, green, blue] = pixelAt(rendered, x, 20)
      expect(green).toBeLessThanOrEqual(Math.max(red, blue) + 6)
    }
  })

  it.each(['webp', 'avif', 'png'] as const)('is kept in a %s', async (format) => {
    const source = await halfClear().png().toBuffer()
    const recipe = { crop: { x: 20, y: 0, width: 40, height: 40 }, outputs: [{ width: 20, height: 20, format }] }
    const rendered = await decode((await renderOne(source, recipe)).bytes)
    expect(pixelAt(rendered, 17, 10)[3]).toBeLessThan(3)
    expect(pixelAt(rendered, 2, 10)[3]).toBeGreaterThan(252)
  })
})

function near(one: Rgba, other: Rgba): boolean {
  return one.every((value, channel) => Math.abs(value - (other[channel] ?? 0)) <= 6)
}

describe('metadata', () => {
  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('is gone from a %s: EXIF, GPS, XMP and profile', async (format) => {
    const source = await open(waves(60, 60))
      .withExif({ IFD0: { Copyright: 'a secret name' }, IFD3: { GPSLatitude: '51/1 30/1 3230/100' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">a secret place</x:xmpmeta>')
      .withIccProfile('p3')
      .jpeg()
      .toBuffer()
    expect(source.includes('a secret name') && source.includes('a secret place')).toBe(true)
    const { bytes } = await renderOne(source, { outputs: [{ width: 30, height: 30, format }] })
    const metadata = await sharp(bytes).metadata()
    expect([metadata.exif, metadata.xmp, metadata.iptc, metadata.icc]).toEqual(Array(4).fill(undefined))
    expect(bytes.includes('secret') || bytes.includes('GPS') || bytes.includes('Exif')).toBe(false)
  })
})

describe('limits of time', () => {
  const outputs = [{ width: 900, height: 900, format: 'webp' }] as const

  it('ends as image-timeout when the time is over', async () => {
    const source = await open(noise(900, 900)).png().toBuffer()
    await expect(renderImage(source, { outputs }, { timeoutInSeconds: 0.001 })).rejects.toMatchObject({
      code: 'image-timeout',
      message: expect.stringContaining('within 0.001 s'),
    })
  })

  it('ends between two stages with the reason of an abort', async () => {
    const source = await open(noise(900, 900)).png().toBuffer()
    const controller = new AbortController()
    const rendering = renderImage(source, { outputs }, { signal: controller.signal })
    const reason = new Error('the person has left')
    setImmediate(() => controller.abort(reason))
    await expect(rendering).rejects.toBe(reason)
  })
})
