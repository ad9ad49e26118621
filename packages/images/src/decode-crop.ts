import sharp, { type Sharp } from 'sharp'
import type { ResolvedCrop, Size } from './crop.js'
import { ImageError } from './errors.js'
import { corrupt, type ImageHeader, type ImageInfo } from './image-header.js'
import type { Budget } from './limits.js'
import {
  compose,
  flipTurn,
  orientationTurn,
  type QuarterTurn,
  type Rect,
  rectBeforeTurn,
  turnedSize,
} from './quarter-turn.js'
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
  const rotated = rotatedSource(info, crop, size)
  if (rotated === undefined) return blankRaster(size)
  const raster = await decodeTurned(picture, upright, rotated.rect, rotated.size)
  return await placeRotated(raster, rotated, size, picture.budget)
}

/** The largest output along each axis, or the crop itself where that is smaller. */
function neededSize(crop: Size, outputs: readonly Size[]): Size {
  return {
    width: Math.min(crop.width, Math.max(...outputs.map(({ width }) => width))),
    height: Math.min(crop.height, Math.max(...outputs.map(({ height }) => height))),
  }
}

/** Decodes what a turn brings into `rect`, scaled to `size`; both are measured after the turn. */
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

/** Scales the whole picture, as decoders can, and cuts out the crop: right to within a pixel of `size`. */
function shrinkThenExtract(opened: Sharp, stored: Size, rect: Rect, size: Size): Sharp {
  const width = Math.round((stored.width * size.width) / rect.width)
  const height = Math.round((stored.height * size.height) / rect.height)
  const left = Math.round((rect.x * width) / stored.width)
  const top = Math.round((rect.y * height) / stored.height)
  return opened.resize(width, height, { fit: 'fill' }).extract({
    left: Math.min(left, width - size.width),
    top: Math.min(top, height - size.height),
    ...size,
  })
}
