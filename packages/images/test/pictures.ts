import sharp, { type Sharp } from 'sharp'

/** Generated pixels: 8 bits per channel, 3 or 4 channels. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly channels: 3 | 4
  readonly data: Buffer
}

export type Rgba = readonly [number, number, number, number]

export function pixelAt({ data, width, channels }: Pixels, x: number, y: number): Rgba {
  const at = (y * width + x) * channels
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0, channels === 4 ? (data[at + 3] ?? 0) : 255]
}

export function paint(width: number, height: number, color: (x: number, y: number) => readonly number[]): Pixels {
  const channels = color(0, 0).length === 4 ? 4 : 3
  const data = Buffer.alloc(width * height * channels)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) data.set(color(x, y), (y * width + x) * channels)
  }
  return { width, height, channels, data }
}

/** Every pixel tells where it stood: red grows rightwards, green downwards, blue marks the top-left quarter. */
export function positions(width: number, height: number): Pixels {
  return paint(width, height, (x, y) => [
    Math.round((x * 255) / (width - 1)),
    Math.round((y * 255) / (height - 1)),
    x < width / 2 && y < height / 2 ? 230 : 20,
  ])
}

/** Soft waves, so that interpolation, shrinking and lossy coding can be compared pixel by pixel. */
export function waves(width: number, height: number): Pixels {
  return paint(width, height, (x, y) => [
    Math.round(128 + 100 * Math.sin((x / width) * 9 + 1) * Math.cos((y / height) * 4)),
    Math.round(128 + 100 * Math.cos((y / height) * 11)),
    Math.round(40 + (170 * (x + y)) / (width + height)),
  ])
}

/** Waves so steep that half a pixel more or less is seen. */
export function ripples(width: number, height: number): Pixels {
  return paint(width, height, (x, y) => [
    Math.round(128 + 100 * Math.sin(x / 4)),
    Math.round(128 + 100 * Math.cos(y / 4)),
    Math.round(128 + 100 * Math.sin((x + y) / 6)),
  ])
}

/** Pixels that no codec can make small. */
export function noise(width: number, height: number): Pixels {
  let seed = 1
  return paint(width, height, () =>
    [0, 0, 0].map(() => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return seed >>> 24
    }),
  )
}

export function open({ data, width, height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } })
}

export async function decode(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  if (info.channels !== 3 && info.channels !== 4) throw new Error(`a picture of ${info.channels} channels`)
  return { data, width: info.width, height: info.height, channels: info.channels }
}

/** How far two pictures of one size are apart, in steps of 0 to 255. */
export function difference(one: Pixels, other: Pixels): { readonly mean: number; readonly max: number } {
  if (one.width !== other.width || one.height !== other.height)
    throw new Error(`${one.width}x${one.height} against ${other.width}x${other.height}`)
  let sum = 0
  let max = 0
  const [a, b] = [overWhite(one), overWhite(other)]
  for (const [at, value] of a.entries()) {
    const apart = Math.abs(value - (b[at] ?? 0))
    sum += apart
    max = Math.max(max, apart)
  }
  return { mean: sum / (one.width * one.height * 4), max }
}

/** Four channels, where the colours of transparent pixels do not matter. */
function overWhite(pixels: Pixels): Float64Array {
  const shown = new Float64Array(pixels.width * pixels.height * 4)
  for (let at = 0; at < shown.length; at += 4) {
    const from = (at / 4) * pixels.channels
    const alpha = pixels.channels === 4 ? (pixels.data[from + 3] ?? 0) : 255
    for (let channel = 0; channel < 3; channel += 1) {
      shown[at + channel] = ((pixels.data[from + channel] ?? 0) * alpha + 255 * (255 - alpha)) / 255
    }
    shown[at + 3] = alpha
  }
  return shown
}
