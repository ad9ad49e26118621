import sharp, { type Sharp } from 'sharp'
import { ImageError } from '../errors.js'
import type { ResolvedCrop, Size } from '../geometry/crop.js'
import {
  compose,
  flipTurn,
  orientationTurn,
  type QuarterTurn,
  type Rect,
  rectBeforeTurn,
  turnedSize,
} from '../geometry/quarter-turn.js'
import { corrupt, type ImageHeader, type ImageInfo } from '../inspect/image-header.js'
import type { Budget } from '../limits.js'
import { type Raster, toRaster, turnRaster } from './raster.js'
import { blankRaster, placeRotated, rotatedSource } from './rotation.js'

/** From this shrink on, a JPEG is cheaper decoded small and then cropped than cropped and then made small. */
const SHRINK_ON_LOAD_FROM = 3

/** A picture that has passed the guards. */
export interface AdmittedPicture {
  readonly source: Uint8Array
  readonly header: ImageHeader
  readonly budget: Budget
}

/**
 * Decodes a crop, upright, no larger than the outputs need, and never enlarged.
 *
 * Geometry is done backwards: the crop is found in the pixels as they are stored, so that only these are decoded, and
 * what is left of orientation, flip and rotation is done to few pixels.
 */
export async function decodeCrop(
  picture: AdmittedPicture,
  crop: ResolvedCrop,
  outputs: readonly Size[],
): Promise<Raster> {
  const { info } = picture.header
  const size = neededSize(crop, outputs)
  const upright = compose(orientationTurn(info.orientation), flipTurn(crop.scaleX, crop.scaleY))
  if (crop.rotate % 90 === 0) {
    const turn = compose(upright, { mirrored: false, turns: crop.rotate / 90 })
    return await decodeTurned(picture, turn, crop, size)
  }
  const even = inProportion(crop, size)
  const rotated = rotatedSource(info, crop, even)
  if (rotated === undefined) return blankRaster(even)
  const raster = await decodeTurned(picture, upright, rotated.rect, rotated.size)
  return await placeRotated(raster, rotated, crop, even, picture.budget)
}

/** The largest output along each axis, or the crop itself where that is smaller. */
function neededSize(crop: Size, outputs: readonly Size[]): Size {
  return {
    width: Math.min(crop.width, Math.max(...outputs.map(({ width }) => width))),
    height: Math.min(crop.height, Math.max(...outputs.map(({ height }) => height))),
  }
}

/** Grows a size to the crop's proportions: a rotation that also stretched would leave out pixels. */
function inProportion(crop: Size, size: Size): Size {
  const scale = Math.max(size.width / crop.width, size.height / crop.height)
  return {
    width: Math.max(1, Math.round(crop.width * scale)),
    height: Math.max(1, Math.round(crop.height * scale)),
  }
}

/** Decodes what a turn brings into `rect`, scaled to `size` or a little more; both are measured after the turn. */
async function decodeTurned(picture: AdmittedPicture, turn: QuarterTurn, rect: Rect, size: Size): Promise<Raster> {
  const { info } = picture.header
  const stored = turnedSize(info, orientationTurn(info.orientation))
  const raster = await decodeStored(picture, stored, rectBeforeTurn(stored, turn, rect), turnedSize(size, turn))
  picture.budget.checkpoint()
  return await turnRaster(raster, turn, picture.budget)
}

async function decodeStored(picture: AdmittedPicture, stored: Size, rect: Rect, size: Size): Promise<Raster> {
  const { info } = picture.header
  const opened = openPicture(picture)
  const pipeline = canShrinkOnLoad(info, stored, rect, size)
    ? shrinkThenExtract(opened, stored, rect, size)
    : opened
        .extract({ left: rect.x, top: rect.y, width: rect.width, height: rect.height })
        .resize(size.width, size.height, { fit: 'fill' })
  try {
    return await toRaster(pipeline, picture.budget)
  } catch (error) {
    throw ImageError.is(error) ? error : corrupt(info.format, error)
  }
}

/**
 * Opens the first frame as it is stored: no orientation is applied, as geometry is this package's own.
 *
 * `warning` is the strictest that decoders offer. 16-bit pictures are told to end in sRGB by their profile; sharp would
 * take their P3 numbers for sRGB numbers, and every colour would be dull.
 */
function openPicture({ source, header, budget }: AdmittedPicture): Sharp {
  const opened = sharp(source, {
    failOn: 'warning',
    pages: 1,
    limitInputPixels: budget.maxPixels,
    autoOrient: false,
  }).timeout({ seconds: budget.wholeSecondsLeft() })
  return header.colour === 'deep' ? opened.withIccProfile('srgb', { attach: false }) : opened
}

function canShrinkOnLoad({ format }: ImageInfo, stored: Size, rect: Rect, size: Size): boolean {
  if (rect.width === stored.width && rect.height === stored.height) return true
  return format === 'jpeg' && Math.min(rect.width / size.width, rect.height / size.height) >= SHRINK_ON_LOAD_FROM
}

/**
 * Scales the whole picture, as decoders can, and cuts out the crop, `size` or a little larger.
 *
 * Decoders leave out the last columns and rows of a picture whose size is no multiple of the shrink, and what is left
 * is stretched. That, at most, is how wrong the crop is: less than a pixel of `size`.
 */
function shrinkThenExtract(opened: Sharp, stored: Size, rect: Rect, size: Size): Sharp {
  const across = shrinkAxis(stored.width, rect.x, rect.width, size.width)
  const down = shrinkAxis(stored.height, rect.y, rect.height, size.height)
  return opened
    .resize(across.whole, down.whole, { fit: 'fill' })
    .extract({ left: across.start, top: down.start, width: across.length, height: down.length })
}

interface ShrunkAxis {
  readonly whole: number
  readonly start: number
  readonly length: number
}

/** How much larger than needed a shrunken crop may become, so that its edges fall on whole pixels. */
const SLACK = 1.12

/** Scales an axis so that the crop's two edges are as near to whole pixels as they can be. */
function shrinkAxis(whole: number, start: number, length: number, needed: number): ShrunkAxis {
  const smallest = Math.ceil((whole * needed) / length)
  let best = { whole: smallest, start: 0, length: needed }
  let leastError = Number.POSITIVE_INFINITY
  for (let scaled = smallest; scaled <= smallest * SLACK; scaled += 1) {
    const from = (start * scaled) / whole
    const to = ((start + length) * scaled) / whole
    const error = Math.max(Math.abs(from - Math.round(from)), Math.abs(to - Math.round(to)))
    if (error >= leastError) continue
    leastError = error
    best = { whole: scaled, start: Math.round(from), length: Math.round(to) - Math.round(from) }
  }
  return best
}
