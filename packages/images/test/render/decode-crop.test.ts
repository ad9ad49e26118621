import { describe, expect, it } from 'vitest'
import { type CropData, renderImage, type Size } from '../../src/index.js'
import { decode, difference, open, type Pixels, paint, pixelAt, positions, ripples, waves } from '../pictures.js'
import { renderSlowly, shrinkSlowly } from '../reference-rendering.js'

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8]
const FLIPS = [
  { scaleX: 1, scaleY: 1 },
  { scaleX: -1, scaleY: 1 },
  { scaleX: 1, scaleY: -1 },
  { scaleX: -1, scaleY: -1 },
]

const HALF_A_PIXEL = [
  [0.5, 0],
  [-0.5, 0],
  [0, 0.5],
  [0, -0.5],
] as const

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

  it.each(
    ORIENTATIONS.flatMap((orientation) => [
      { orientation, progressive: false },
      { orientation, progressive: true },
    ]),
  )(
    'EXIF $orientation of a large JPEG (progressive: $progressive), decoded small',
    async ({ orientation, progressive }) => {
      const photo = waves(601, 453)
      const source = await open(photo)
        .withMetadata({ orientation })
        .jpeg({ quality: 95, chromaSubsampling: '4:4:4', progressive })
        .toBuffer()
      for (const rotate of [0, 90]) {
        const crop = { x: 31, y: 57, width: 360, height: 360, rotate, scaleX: -1 }
        const expected = shrinkSlowly(renderSlowly(photo, orientation, crop), 72, 72)
        expect(difference(await render(source, crop, 72, 72), expected).max).toBeLessThan(6)
      }
    },
  )
})

describe('a JPEG that is decoded small', () => {
  /** Mean difference to the crop as it should be, and to crops that are moved by some pixels of the output. */
  async function compare(size: Size, crop: CropData, small: number): Promise<(dx: number, dy: number) => number> {
    const color = (x: number, y: number) => [128 + 100 * Math.sin(x / 15), 128 + 100 * Math.cos(y / 15), 128]
    const picture = paint(size.width, size.height, color)
    const source = await open(picture).jpeg({ quality: 98, chromaSubsampling: '4:4:4' }).toBuffer()
    const rendered = await render(source, crop, small, small)
    const step = crop.width / small
    return (dx, dy) => {
      const moved = renderSlowly(picture, 1, { ...crop, x: crop.x + dx * step, y: crop.y + dy * step })
      return difference(rendered, shrinkSlowly(moved, small, small)).mean
    }
  }

  it.each([
    [133, 5, 600, 96],
    [417, 129, 377, 64],
    [551, 7, 191, 32],
  ])('shows the crop at %i,%i of %i pixels where it is', async (x, y, edge, small) => {
    const apart = await compare({ width: 800, height: 608 }, { x, y, width: edge, height: edge }, small)
    for (const [dx, dy] of HALF_A_PIXEL) expect(apart(0, 0)).toBeLessThan(apart(dx, dy))
  })

  it('is right to within a pixel where decoders leave out the last rows and columns', async () => {
    const apart = await compare({ width: 805, height: 605 }, { x: 614, y: 414, width: 191, height: 191 }, 32)
    for (const [dx, dy] of HALF_A_PIXEL) expect(apart(0, 0)).toBeLessThan(apart(dx * 2, dy * 2))
  })
})

describe('a whole picture made small', () => {
  it.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('looks as it should from a %s', async (format) => {
    const picture = waves(480, 320)
    const source = await open(picture).toFormat(format).toBuffer()
    const outputs = [{ width: 60, height: 40, format: 'png' }] as const
    const [rendered] = await renderImage(source, { outputs })
    const apart = difference(await decode(rendered?.bytes ?? source), shrinkSlowly(picture, 60, 40))
    expect(apart.mean).toBeLessThan(format === 'gif' ? 4 : 2)
  })
})

describe('free angles', () => {
  const picture = waves(240, 160)

  it.each([1, 14.5, 30, 45, 89, 91, 133.7, 180.5, 247, 315, -12, 725])('%f degrees', async (rotate) => {
    const steep = ripples(240, 160)
    const source = await open(steep).png().toBuffer()
    for (const flip of FLIPS.slice(0, 2)) {
      const crop = { x: 60, y: 50, width: 90, height: 90, rotate, ...flip }
      const rendered = await render(source, crop)
      const apart = (dx: number, dy: number) =>
        difference(rendered, renderSlowly(steep, 1, { ...crop, x: crop.x + dx, y: crop.y + dy })).mean
      expect(apart(0, 0)).toBeLessThan(1.5)
      for (const [dx, dy] of HALF_A_PIXEL) expect(apart(0, 0)).toBeLessThan(apart(dx, dy) / 2)
    }
  })

  it.each([1, 30, 133.7, 315])('%f degrees, the whole box with its empty corners', async (rotate) => {
    const source = await open(picture).png().toBuffer()
    const angle = (rotate * Math.PI) / 180
    const width = Math.round(240 * Math.abs(Math.cos(angle)) + 160 * Math.abs(Math.sin(angle)))
    const height = Math.round(240 * Math.abs(Math.sin(angle)) + 160 * Math.abs(Math.cos(angle)))
    const crop = { x: 0, y: 0, width, height, rotate }
    const apart = difference(await render(source, crop), renderSlowly(picture, 1, crop))
    expect(apart.mean).toBeLessThan(0.6)
  })

  it.each(ORIENTATIONS)('EXIF %i, flipped, and made smaller', async (orientation) => {
    const photo = waves(450, 310)
    const source = await open(photo)
      .withMetadata({ orientation })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer()
    const crop = { x: 85, y: 115, width: 240, height: 240, rotate: 21, scaleX: 1, scaleY: -1 }
    const expected = shrinkSlowly(renderSlowly(photo, orientation, crop), 60, 60)
    const apart = difference(await render(source, crop, 60, 60), expected)
    expect(apart.mean).toBeLessThan(1.5)
  })

  it('are stretched without losing pixels where an output has other proportions', async () => {
    const lines = paint(240, 160, (x) => (x % 2 === 0 ? [255, 255, 255] : [0, 0, 0]))
    const source = await open(lines).png().toBuffer()
    const rendered = await render(source, { x: 60, y: 50, width: 90, height: 90, rotate: 2 }, 9, 90)
    for (let y = 0; y < 90; y += 1) expect(Math.abs(pixelAt(rendered, 4, y)[0] - 128)).toBeLessThan(40)
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
