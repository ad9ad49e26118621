import { crc32 } from 'node:zlib'
import sharp from 'sharp'

interface Rgb {
  readonly r: number
  readonly g: number
  readonly b: number
}

export const RED: Rgb = { r: 220, g: 20, b: 20 }
export const GREEN: Rgb = { r: 20, g: 200, b: 20 }
export const BLUE: Rgb = { r: 20, g: 20, b: 220 }
export const YELLOW: Rgb = { r: 230, g: 220, b: 20 }

/** A picture of four quarters: red, green above blue, yellow. */
export async function quarters(width = 400, height = 300, format: 'jpeg' | 'png' | 'webp' = 'jpeg'): Promise<Buffer> {
  const half = { width: Math.floor(width / 2), height: Math.floor(height / 2) }
  const patch = (background: Rgb) =>
    sharp({ create: { ...half, channels: 3, background } })
      .png()
      .toBuffer()
  const base = sharp({ create: { width, height, channels: 3, background: RED } })
  return base
    .composite([
      { input: await patch(GREEN), left: width - half.width, top: 0 },
      { input: await patch(BLUE), left: 0, top: height - half.height },
      { input: await patch(YELLOW), left: width - half.width, top: height - half.height },
    ])
    .toFormat(format)
    .toBuffer()
}

/** A picture that no encoder makes small: larger than the head that is looked at first. */
export async function noise(width = 400, height = 300): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3)
  let state = 1
  for (let at = 0; at < pixels.length; at++) {
    state = (state * 1103515245 + 12345) % 2147483648
    pixels[at] = state >> 16
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer()
}

/** The colour in the middle of a picture. */
export async function middle(bytes: Uint8Array): Promise<Rgb> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (Math.floor(info.height / 2) * info.width + Math.floor(info.width / 2)) * info.channels
  return { r: data[at] ?? -1, g: data[at + 1] ?? -1, b: data[at + 2] ?? -1 }
}

export function distance(a: Rgb, b: Rgb): number {
  return Math.max(Math.abs(a.r - b.r), Math.abs(a.g - b.g), Math.abs(a.b - b.b))
}

/** A PNG of a few hundred bytes whose header promises 30000 × 30000 pixels. */
export async function pictureOfManyPixels(): Promise<Buffer> {
  const png = await quarters(8, 8, 'png')
  // Signature (8), length (4), then the name and the content of the first chunk, and their checksum.
  png.writeUInt32BE(30_000, 16)
  png.writeUInt32BE(30_000, 20)
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
  return png
}
