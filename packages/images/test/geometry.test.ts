import { describe, expect, it } from 'vitest'
import { type CropData, renderImage } from '../src/index.js'
import { decode, difference, open, type Pixels, pixelAt, positions, waves } from './pictures.js'
import { renderSlowly, shrinkSlowly } from './reference-rendering.js'

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8]
const FLIPS = [
  { scaleX: 1, scaleY: 1 },
  { scaleX: -1, scaleY: 1 },
  { scaleX: 1, scaleY: -1 },
  { scaleX: -1, scaleY: -1 },
]

async function render(source: Uint8Array, crop: CropData, width = crop.width, height = crop.height): Promise<Pixels> {
  const [rendered] = await renderImage(source, { crop, outputs: [{ width, height, format: 'png' }] })
  if (!rendered) throw new Error('nothing rendered')
  return await decode(rendered.bytes)
}

describe('orientation, flip and quarter turns together', () => {
  const stored = positions(37, 23)

  it.each(ORIENTATIONS)('EXIF %i: every pixel stands where the person saw it', async (orientation) => {
    const source = await open(stored).withMetadata({ orientation }).png().toBuffer()
    for (const flip of FLIPS) {
      for (const rotate of [0, 90, 180, 270, -90, 810]) {
        const crop = { x: 5, y: 2, width: 17, height: 19, rotate, ...flip }
        expect(difference(await render(source, crop), renderSlowly(stored, orientation, crop))).toEqual({
          mean: 0,
          max: 0,
        })
      }
    }
  })

  it.each(ORIENTATIONS)('EXIF %i of a large JPEG, decoded small', async (orientation) => {
    const photo = waves(1201, 803)
    const source = await open(photo)
      .withMetadata({ orientation })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer()
    for (const rotate of [0, 90, 180, 270]) {
      const crop = { x: 131, y: 77, width: 640, height: 640, rotate, scaleX: -1 }
      const expected = shrinkSlowly(renderSlowly(photo, orientation, crop), 96, 96)
      expect(difference(await render(source, crop, 96, 96), expected).max).toBeLessThan(8)
    }
  })
})

describe('a JPEG that is decoded small', () => {
  it.each([
    [0, 0, 900],
    [333, 6, 900],
    [417, 129, 777],
    [1097, 297, 601],
    [551, 7, 391],
  ])('shows the crop at %i,%i of %i pixels to within a pixel', async (x, y, edge) => {
    const picture = positions(1699, 907)
    const source = await open(picture).jpeg({ quality: 98, chromaSubsampling: '4:4:4' }).toBuffer()
    const rendered = await render(source, { x, y, width: edge, height: edge }, 128, 128)
    const perPixel = edge / 128
    for (const at of [2, 64, 125]) {
      const [red, green] = pixelAt(rendered, at, at)
      expect(Math.abs((red * 1698) / 255 - (x + (at + 0.5) * perPixel))).toBeLessThan(perPixel + 1698 / 255)
      expect(Math.abs((green * 906) / 255 - (y + (at + 0.5) * perPixel))).toBeLessThan(perPixel + 906 / 255)
    }
  })
})

describe('free angles', () => {
  const picture = waves(240, 160)

  it.each([1, 14.5, 30, 45, 89, 91, 133.7, 180.5, 247, 315, -12, 725])('%f degrees', async (rotate) => {
    const source = await open(picture).png().toBuffer()
    for (const flip of FLIPS.slice(0, 2)) {
      const crop = { x: 60, y: 50, width: 90, height: 90, rotate, ...flip }
      const apart = difference(await render(source, crop), renderSlowly(picture, 1, crop))
      expect(apart.mean).toBeLessThan(1.5)
    }
  })

  it.each([1, 30, 133.7, 315])('%f degrees, the whole box with its empty corners', async (rotate) => {
    const source = await open(picture).png().toBuffer()
    const angle = (rotate * Math.PI) / 180
    const width = Math.round(240 * Math.abs(Math.cos(angle)) + 160 * Math.abs(Math.sin(angle)))
    const height = Math.round(240 * Math.abs(Math.sin(angle)) + 160 * Math.abs(Math.cos(angle)))
    const crop = { x: 0, y: 0, width, height, rotate }
    const apart = difference(await render(source, crop), renderSlowly(picture, 1, crop))
    expect(apart.mean).toBeLessThan(2)
  })

  it.each(ORIENTATIONS)('EXIF %i, flipped, and made smaller', async (orientation) => {
    const photo = waves(900, 620)
    const source = await open(photo)
      .withMetadata({ orientation })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer()
    const crop = { x: 170, y: 230, width: 480, height: 480, rotate: 21, scaleX: 1, scaleY: -1 }
    const expected = shrinkSlowly(renderSlowly(photo, orientation, crop), 80, 80)
    const apart = difference(await render(source, crop, 80, 80), expected)
    expect(apart.mean).toBeLessThan(2)
  })

  it('keeps the colour of edge pixels: no dark rim where the picture ends', async () => {
    const source = await open(positions(80, 80)).linear(0, 255).png().toBuffer()
    const rendered = await render(source, { x: 0, y: 0, width: 113, height: 113, rotate: 45 })
    for (let at = 0; at < 113; at += 1) {
      const [red, , , alpha] = pixelAt(rendered, at, 30)
      if (alpha > 0) expect(red).toBeGreaterThan(250)
    }
  })

  it('is transparent where the crop lies beside the picture', async () => {
    const source = await open(waves(400, 400)).png().toBuffer()
    const rendered = await render(source, { x: 0, y: 0, width: 60, height: 60, rotate: 45 })
    expect(pixelAt(rendered, 30, 30)[3]).toBe(0)
  })
})
