import { randomBytes } from 'node:crypto'
import sharp from 'sharp'

/** A 12-megapixel JPEG with as much detail as a photo: soft shapes and fine noise, about 2 MB. */
export async function photo(): Promise<Buffer> {
  const [width, height] = [4000, 3000]
  const shapes = await sharp(randomBytes(40 * 30 * 3), { raw: { width: 40, height: 30, channels: 3 } })
    .resize(width, height, { kernel: 'cubic' })
    .removeAlpha()
    .raw()
    .toBuffer()
  const noise = randomBytes(1 << 20)
  for (let index = 0; index < shapes.length; index += 1) {
    const grain = ((noise[index & (noise.length - 1)] ?? 0) - 128) >> 3
    shapes[index] = Math.min(255, Math.max(0, (shapes[index] ?? 0) + grain))
  }
  return sharp(shapes, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 82 })
    .toBuffer()
}
