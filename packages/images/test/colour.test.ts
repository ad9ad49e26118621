import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { renderImage } from '../src/index.js'
import { decode, open, paint, pixelAt, waves } from './pictures.js'

const PATCHES = [
  [200, 60, 40],
  [40, 160, 80],
  [60, 80, 190],
  [230, 200, 60],
  [128, 128, 128],
  [20, 20, 20],
  [245, 245, 245],
  [180, 120, 200],
] as const
const EDGE = 48
const WIDTH = EDGE * PATCHES.length

type Color = readonly [number, number, number]

function chart(colors: readonly Color[] = PATCHES): Sharp {
  return open(paint(WIDTH, EDGE, (x) => colors[Math.floor(x / EDGE)] ?? [0, 0, 0]))
}

/** The greatest CIE76 difference between the patches of a rendered chart and the colours that they should have. */
async function colorError(source: Uint8Array, expected: readonly Color[] = PATCHES): Promise<number> {
  const outputs = [{ width: WIDTH, height: EDGE, format: 'png' }] as const
  const [rendered] = await renderImage(source, { outputs })
  const pixels = await decode(rendered?.bytes ?? new Uint8Array())
  return Math.max(
    ...expected.map((color, patch) => {
      const [r, g, b] = pixelAt(pixels, patch * EDGE + EDGE / 2, EDGE / 2)
      return deltaE(color, [r, g, b])
    }),
  )
}

function deltaE(one: Color, other: Color): number {
  const a = toLab(one)
  const b = toLab(other)
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}

function linear(value: number): number {
  const share = value / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

function encoded(share: number): number {
  return share <= 0.0031308 ? share * 12.92 : 1.055 * share ** (1 / 2.4) - 0.055
}

function toLab(color: Color): [number, number, number] {
  const [r, g, b] = [linear(color[0]), linear(color[1]), linear(color[2])]
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116)
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b)
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

/** sRGB as Display P3 numbers of 0 to 1, by the matrices of both standards. */
function toDisplayP3(color: Color): number[] {
  const [r, g, b] = [linear(color[0]), linear(color[1]), linear(color[2])]
  return [
    0.8224621 * r + 0.177538 * g,
    0.0331941 * r + 0.9668058 * g,
    0.0170827 * r + 0.0723974 * g + 0.9105199 * b,
  ].map(encoded)
}

/** A PNG of 16 bits whose numbers are P3 by our own arithmetic, with the profile put in by hand. */
async function deepDisplayP3(): Promise<Buffer> {
  const data = new Uint16Array(WIDTH * EDGE * 3)
  for (let at = 0; at < WIDTH * EDGE; at += 1) {
    const color = PATCHES[Math.floor((at % WIDTH) / EDGE)] ?? [0, 0, 0]
    data.set(
      toDisplayP3(color).map((share) => Math.round(share * 65_535)),
      at * 3,
    )
  }
  const raw = { width: WIDTH, height: EDGE, channels: 3 } as const
  const plain = await sharp(data, { raw }).toColourspace('rgb16').png().toBuffer()
  const withProfile = await chart().withIccProfile('p3').png().toBuffer()
  const from = withProfile.indexOf('iCCP') - 4
  const chunk = withProfile.subarray(from, from + 12 + withProfile.readUInt32BE(from))
  return Buffer.concat([plain.subarray(0, 33), chunk, plain.subarray(33)])
}

/** sharp has the method, its types do not. */
function withGainMap(picture: Sharp): Sharp {
  return (picture as Sharp & { withGainMap(): Sharp }).withGainMap()
}

describe('colours', () => {
  it('of sRGB pictures stay as they are', async () => {
    expect(await colorError(await chart().png().toBuffer())).toBe(0)
    expect(await colorError(await chart().gif({ dither: 0 }).toBuffer())).toBeLessThan(1)
    expect(await colorError(await chart().jpeg({ quality: 100, progressive: true }).toBuffer())).toBeLessThan(2)
    expect(await colorError(await chart().png({ palette: true, dither: 0 }).toBuffer())).toBeLessThan(1)
  })

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('of a wide-gamut %s are right in sRGB', async (format) => {
    const source = await chart().withIccProfile('p3').toFormat(format, { quality: 100, lossless: true }).toBuffer()
    expect((await sharp(source).metadata()).hasProfile).toBe(true)
    expect(await colorError(source)).toBeLessThan(2)
  })

  it('of 16-bit pictures, with and without a wide-gamut profile', async () => {
    expect(await colorError(await chart().toColourspace('rgb16').png().toBuffer())).toBeLessThan(1)
    const deep = await deepDisplayP3()
    expect(await sharp(deep).metadata()).toMatchObject({ depth: 'ushort', hasProfile: true })
    expect(await colorError(deep)).toBeLessThan(2)
  })

  it('of 10-bit AVIF pictures', async () => {
    expect(await colorError(await chart().avif({ bitdepth: 10, quality: 95 }).toBuffer())).toBeLessThan(2)
    const wide = await chart().withIccProfile('p3').avif({ bitdepth: 10, quality: 95 }).toBuffer()
    expect(await colorError(wide)).toBeLessThan(3)
  })

  it('of grayscale pictures, 8 and 16 bits, and JPEG', async () => {
    const grays = PATCHES.map(([value]): Color => [value, value, value])
    const gray = chart(grays).toColourspace('b-w')
    expect(await colorError(await gray.clone().png().toBuffer(), grays)).toBe(0)
    expect(await colorError(await gray.clone().jpeg({ quality: 100 }).toBuffer(), grays)).toBeLessThan(1)
    expect(await colorError(await chart(grays).toColourspace('grey16').png().toBuffer(), grays)).toBeLessThan(1)
  })

  it('of grayscale pictures with transparency, which stays', async () => {
    const grays = PATCHES.map(([value]): Color => [value, value, value])
    for (const space of ['b-w', 'grey16']) {
      const source = await chart(grays).ensureAlpha(0.5).toColourspace(space).png().toBuffer()
      expect((await sharp(source).metadata()).channels).toBe(2)
      expect(await colorError(source, grays)).toBeLessThan(1)
      const outputs = [{ width: WIDTH, height: EDGE, format: 'auto' }] as const
      const [rendered] = await renderImage(source, { outputs })
      expect(rendered?.format).toBe('png')
      const [, , , alpha] = pixelAt(await decode(rendered?.bytes ?? new Uint8Array()), 3, 3)
      expect([127, 128]).toContain(alpha)
    }
  })

  it('of CMYK pictures, with and without a profile, as near as print comes', async () => {
    const printable: Color[] = PATCHES.map(([r, g, b]) => [
      Math.round(70 + r * 0.5),
      Math.round(70 + g * 0.5),
      Math.round(70 + b * 0.5),
    ])
    const cmyk = chart(printable).toColourspace('cmyk').jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    const plain = await cmyk.clone().toBuffer()
    const profiled = await cmyk.clone().withIccProfile('cmyk').toBuffer()
    expect((await sharp(plain).metadata()).space).toBe('cmyk')
    expect(await colorError(plain, printable)).toBeLessThan(8)
    expect(await colorError(profiled, printable)).toBeLessThan(12)
  })

  it('of an HDR photo with a gain map are those of its ordinary picture', async () => {
    const hdr = await withGainMap(open(waves(200, 120)))
      .jpeg({ quality: 95 })
      .toBuffer()
    const ordinary = hdr.subarray(0, hdr.indexOf(Buffer.from([0xff, 0xd8, 0xff]), 3))
    expect((await sharp(hdr).metadata()).gainMap).toBeDefined()
    expect((await sharp(ordinary).metadata()).gainMap).toBeUndefined()
    const outputs = [{ width: 200, height: 120, format: 'png' }] as const
    const [fromHdr] = await renderImage(hdr, { outputs })
    const [fromOrdinary] = await renderImage(ordinary, { outputs })
    expect(fromHdr?.bytes).toEqual(fromOrdinary?.bytes)
  })

  it('are taken as sRGB where the profile is broken', async () => {
    const source = await chart().withIccProfile('p3').jpeg({ quality: 100 }).toBuffer()
    const profile = source.indexOf('ICC_PROFILE') + 14
    source.fill(0x20, profile + 4, profile + 132)
    const outputs = [{ width: WIDTH, height: EDGE, format: 'png' }] as const
    const [rendered] = await renderImage(source, { outputs })
    expect(await decode(rendered?.bytes ?? new Uint8Array())).toMatchObject({ width: WIDTH })
  })
})
