import { ImageError, show } from '../errors.js'

/** Width and height of a picture or a part of it. */
export interface Size {
  /** Pixels. */
  readonly width: number
  /** Pixels. */
  readonly height: number
}

/**
 * What browser croppers emit: a rectangle in pixels of the displayed picture after flip and rotation.
 *
 * Order of operations: EXIF orientation → flip → rotate clockwise → the rotated picture's bounding box, rounded →
 * crop, in pixels of that box, origin top-left.
 */
export interface CropData extends Size {
  readonly x: number
  readonly y: number
  /** Degrees clockwise, any finite number. Default 0. */
  readonly rotate?: number | undefined
  /** -1 mirrors left and right. Default 1. */
  readonly scaleX?: number | undefined
  /** -1 mirrors top and bottom. Default 1. */
  readonly scaleY?: number | undefined
}

/** A crop in whole pixels that lies inside its box. */
export interface ResolvedCrop extends Size {
  readonly x: number
  readonly y: number
  /** Degrees clockwise, at least 0, less than 360. */
  readonly rotate: number
  readonly scaleX: 1 | -1
  readonly scaleY: 1 | -1
  /** Bounding box of the flipped and rotated picture. */
  readonly box: Size
}

/** Pixels by which a crop may leave its box: what the rounding of a browser's fractions costs. */
const FORGIVEN_PIXELS = 1

/**
 * Fits what a browser sent to the picture as it is displayed.
 *
 * Fractions are rounded. A crop that leaves the box by one pixel is moved back in, and made smaller only where it is
 * larger than the box.
 *
 * @param displayed  Size after EXIF orientation, as `ImageInfo` gives it.
 * @throws ImageError `crop-out-of-bounds`, and `invalid-recipe` for what is no crop at all
 */
export function resolveCrop(displayed: Size, crop: CropData): ResolvedCrop {
  const { rotate, scaleX, scaleY, ...rounded } = normalizeCrop(crop)
  const box = boundingBox(displayed, rotate)
  const [x, width] = fitAxis(['x', 'width'], rounded.x, rounded.width, box.width)
  const [y, height] = fitAxis(['y', 'height'], rounded.y, rounded.height, box.height)
  return { x, y, width, height, rotate, scaleX, scaleY, box }
}

/** The crop with whole numbers and nothing left out: what can be said without knowing the picture. */
export function normalizeCrop(crop: CropData): Omit<ResolvedCrop, 'box'> {
  if (typeof crop !== 'object' || crop === null) throw invalid('crop', 'an object', crop)
  return {
    x: whole('x', crop.x),
    y: whole('y', crop.y),
    width: whole('width', crop.width),
    height: whole('height', crop.height),
    rotate: degrees(crop.rotate ?? 0),
    scaleX: flip('scaleX', crop.scaleX ?? 1),
    scaleY: flip('scaleY', crop.scaleY ?? 1),
  }
}

/** The crop that changes nothing. */
export function wholePicture(displayed: Size): ResolvedCrop {
  return resolveCrop(displayed, { x: 0, y: 0, width: displayed.width, height: displayed.height })
}

function boundingBox({ width, height }: Size, rotate: number): Size {
  if (rotate % 180 === 0) return { width, height }
  if (rotate % 90 === 0) return { width: height, height: width }
  const cos = Math.abs(Math.cos((rotate * Math.PI) / 180))
  const sin = Math.abs(Math.sin((rotate * Math.PI) / 180))
  return { width: Math.round(width * cos + height * sin), height: Math.round(width * sin + height * cos) }
}

function fitAxis(names: readonly [string, string], start: number, length: number, limit: number): [number, number] {
  const [startName, lengthName] = names
  if (length < 1) throw outside(lengthName, 'at least 1 pixel', length)
  if (start < -FORGIVEN_PIXELS) throw outside(startName, 'at least 0', start)
  if (start + length > limit + FORGIVEN_PIXELS) {
    if (length > limit + 2 * FORGIVEN_PIXELS) throw outside(lengthName, `at most ${limit} pixels`, length)
    throw outside(`${startName} + crop.${lengthName}`, `at most ${limit}`, start + length)
  }
  const fitted = Math.min(length, limit)
  return [Math.min(Math.max(start, 0), limit - fitted), fitted]
}

function whole(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(`crop.${name}`, 'a finite number', value)
  return Math.round(value) + 0
}

/** Angles within a millionth of a degree of a quarter turn are that turn: no picture is large enough to tell. */
function degrees(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid('crop.rotate', 'a finite number', value)
  const quarter = Math.round(value / 90) * 90
  const angle = Math.abs(value - quarter) < 1e-6 ? quarter : value
  const positive = ((angle % 360) + 360) % 360
  return positive === 360 ? 0 : positive
}

function flip(name: string, value: unknown): 1 | -1 {
  if (value !== 1 && value !== -1) throw invalid(`crop.${name}`, '1 or -1', value)
  return value
}

function outside(field: string, expected: string, received: number): ImageError {
  return new ImageError(
    'crop-out-of-bounds',
    `expected crop.${field} to be ${expected}; received ${received}. ` +
      'Send the crop in pixels of the displayed picture after flip and rotation',
    { field: `crop.${field.replace(/ .*/, '')}` },
  )
}

function invalid(field: string, expected: string, received: unknown): ImageError {
  return new ImageError('invalid-recipe', `expected ${field} to be ${expected}; received ${show(received)}`, { field })
}
