import sharp, { type Sharp } from 'sharp'

/** RGBA, row by row. */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** A picture whose pixels say where they are; a few in the middle are transparent, which a JPEG could not say. */
export function coded(width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const isClear = Math.abs(x - width / 2) < 3 && Math.abs(y - height / 2) < 3
      data.set(isClear ? [0, 0, 0, 0] : [x & 255, y & 255, (x >> 8) * 64 + (y >> 8) * 16, 255], (y * width + x) * 4)
    }
  }
  return { data, width, height }
}

/**
 * Where a stored pixel is displayed. EXIF says which side of the scene row 0 and column 0 are: `1` top left, `2` top
 * right, `3` bottom right, `4` bottom left, `5` left top, `6` right top, `7` right bottom, `8` left bottom.
 */
function displayedAt(orientation: Orientation, row: number, column: number, { width, height }: Pixels): number {
  const [right, bottom] = [width - 1, height - 1]
  const places: Readonly<Record<Orientation, readonly [x: number, y: number]>> = {
    1: [column, row],
    2: [right - column, row],
    3: [right - column, bottom - row],
    4: [column, bottom - row],
    5: [row, column],
    6: [right - row, column],
    7: [right - row, bottom - column],
    8: [row, bottom - column],
  }
  const [x, y] = places[orientation]
  return (y * width + x) * 4
}

/** The picture as a camera held that way stores it. */
export function storedAs(upright: Pixels, orientation: Orientation): Sharp {
  const [width, height] = orientation < 5 ? [upright.width, upright.height] : [upright.height, upright.width]
  const data = new Uint8Array(upright.data.length)
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const from = displayedAt(orientation, row, column, upright)
      data.set(upright.data.subarray(from, from + 4), (row * width + column) * 4)
    }
  }
  return sharp(data, { raw: { width, height, channels: 4 } }).withMetadata({ orientation })
}

export async function pixelsOf(picture: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}
