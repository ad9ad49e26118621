import sharp from 'sharp'

export type Rgb = readonly [red: number, green: number, blue: number]

export interface Pixels {
  readonly width: number
  readonly height: number
  at(x: number, y: number): Rgb
}

/** Colours of the four quarters of a test picture as it is displayed. */
export const QUARTERS = {
  topLeft: [200, 30, 30],
  topRight: [30, 160, 40],
  bottomLeft: [30, 60, 200],
  bottomRight: [230, 200, 40],
} as const satisfies Record<string, Rgb>

/**
 * A JPEG that is displayed as `width` x `height` pixels with `QUARTERS`, stored as a camera held upright would: rotated, with EXIF
 * orientation 6, or plainly.
 */
export async function quartersPicture(width: number, height: number, orientation: 1 | 6 = 1): Promise<Buffer> {
  const quarter = (colour: Rgb, left: number, top: number) => ({
    input: {
      create: {
        width: width / 2,
        height: height / 2,
        channels: 3 as const,
        background: { r: colour[0], g: colour[1], b: colour[2] },
      },
    },
    left,
    top,
  })
  const displayed = await sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite([
      quarter(QUARTERS.topLeft, 0, 0),
      quarter(QUARTERS.topRight, width / 2, 0),
      quarter(QUARTERS.bottomLeft, 0, height / 2),
      quarter(QUARTERS.bottomRight, width / 2, height / 2),
    ])
    .png()
    .toBuffer()
  // Orientation 6 says "turn clockwise by 90° to display", so the stored pixels are turned the other way.
  const stored = orientation === 6 ? sharp(displayed).rotate(270).withMetadata({ orientation }) : sharp(displayed)
  return stored.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer()
}

/** One plain colour, and noise enough that every picture has other bytes. */
export async function plainPicture(colour: Rgb, edge = 300): Promise<Buffer> {
  const [r, g, b] = colour
  return sharp({ create: { width: edge, height: edge, channels: 3, background: { r, g, b } } })
    .jpeg({ quality: 92 })
    .toBuffer()
}

export async function decode(picture: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(picture)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number): Rgb => {
    const offset = (y * info.width + x) * info.channels
    return [data[offset] ?? 0, data[offset + 1] ?? 0, data[offset + 2] ?? 0]
  }
  return { width: info.width, height: info.height, at }
}

/** The largest difference of a channel, 0 to 255. */
export function distance(a: Rgb, b: Rgb): number {
  return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]), Math.abs(a[2] - b[2]))
}
