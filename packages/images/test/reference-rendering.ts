import type { CropData } from '../src/index.js'
import { type Pixels, paint, pixelAt, type Rgba } from './pictures.js'

/**
 * The order of operations once more, pixel by pixel and without any of the package's code: EXIF orientation, flip,
 * rotation, bounding box, crop. Slow, and simple enough to be believed.
 */
export function renderSlowly(stored: Pixels, orientation: number, crop: CropData): Pixels {
  const displayed = orient(stored, orientation)
  const flipped = paint(displayed.width, displayed.height, (x, y) =>
    pixelAt(
      displayed,
      crop.scaleX === -1 ? displayed.width - 1 - x : x,
      crop.scaleY === -1 ? displayed.height - 1 - y : y,
    ),
  )
  const angle = ((crop.rotate ?? 0) * Math.PI) / 180
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const boxWidth = Math.round(Math.abs(flipped.width * cos) + Math.abs(flipped.height * sin))
  const boxHeight = Math.round(Math.abs(flipped.width * sin) + Math.abs(flipped.height * cos))
  return paint(crop.width, crop.height, (x, y) => {
    const fromCentreX = crop.x + x + 0.5 - boxWidth / 2
    const fromCentreY = crop.y + y + 0.5 - boxHeight / 2
    const sourceX = fromCentreX * cos + fromCentreY * sin + flipped.width / 2 - 0.5
    const sourceY = fromCentreY * cos - fromCentreX * sin + flipped.height / 2 - 0.5
    return interpolate(flipped, sourceX, sourceY)
  })
}

/** The words of the EXIF standard: where row 0 and column 0 of the stored picture stand when it is displayed. */
function orient(stored: Pixels, orientation: number): Pixels {
  const { width, height } = stored
  const right = width - 1
  const bottom = height - 1
  switch (orientation) {
    case 2: // top, right
      return paint(width, height, (x, y) => pixelAt(stored, right - x, y))
    case 3: // bottom, right
      return paint(width, height, (x, y) => pixelAt(stored, right - x, bottom - y))
    case 4: // bottom, left
      return paint(width, height, (x, y) => pixelAt(stored, x, bottom - y))
    case 5: // left, top
      return paint(height, width, (x, y) => pixelAt(stored, y, x))
    case 6: // right, top
      return paint(height, width, (x, y) => pixelAt(stored, y, bottom - x))
    case 7: // right, bottom
      return paint(height, width, (x, y) => pixelAt(stored, right - y, bottom - x))
    case 8: // left, bottom
      return paint(height, width, (x, y) => pixelAt(stored, right - y, x))
    default:
      return stored
  }
}

const NEIGHBOURS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const

/** Bilinear; what lies outside the picture is transparent. */
function interpolate(picture: Pixels, x: number, y: number): Rgba {
  const left = Math.floor(x)
  const top = Math.floor(y)
  let [red, green, blue, opaque] = [0, 0, 0, 0]
  for (const [dx, dy] of NEIGHBOURS) {
    const weight = (dx ? x - left : 1 - (x - left)) * (dy ? y - top : 1 - (y - top))
    if (left + dx < 0 || top + dy < 0 || left + dx >= picture.width || top + dy >= picture.height) continue
    const [r, g, b, alpha] = pixelAt(picture, left + dx, top + dy)
    const share = weight * alpha
    red += r * share
    green += g * share
    blue += b * share
    opaque += share
  }
  if (opaque === 0) return [0, 0, 0, 0]
  return [Math.round(red / opaque), Math.round(green / opaque), Math.round(blue / opaque), Math.round(opaque)]
}

/** Averages the pixels behind every pixel of the smaller picture, with shares of those that are cut. */
export function shrinkSlowly(picture: Pixels, width: number, height: number): Pixels {
  const columns = Array.from({ length: width }, (_, x) => shares(x, picture.width / width))
  const rows = Array.from({ length: height }, (_, y) => shares(y, picture.height / height))
  return paint(width, height, (x, y) => {
    let [red, green, blue, alpha] = [0, 0, 0, 0]
    for (const [row, rowShare] of rows[y] ?? []) {
      for (const [column, columnShare] of columns[x] ?? []) {
        const [r, g, b, a] = pixelAt(picture, Math.min(column, picture.width - 1), Math.min(row, picture.height - 1))
        const share = rowShare * columnShare
        red += r * share
        green += g * share
        blue += b * share
        alpha += a * share
      }
    }
    return [red, green, blue, alpha].map(Math.round)
  })
}

function shares(at: number, step: number): [number, number][] {
  const from = at * step
  const to = from + step
  const found: [number, number][] = []
  for (let pixel = Math.floor(from); pixel < to; pixel += 1) {
    found.push([pixel, (Math.min(to, pixel + 1) - Math.max(from, pixel)) / step])
  }
  return found
}
