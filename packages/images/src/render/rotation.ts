import type { ResolvedCrop, Size } from '../geometry/crop.js'
import type { Rect } from '../geometry/quarter-turn.js'
import type { Budget } from '../limits.js'
import { pipelineFrom, type Raster, TRANSPARENT, toRaster } from './raster.js'

/** Pixels around the needed ones, so that interpolation does not see where the decoded part ends. */
const MARGIN_PIXELS = 4

/** Transparent pixels around the decoded part, so that libvips does not cut its edges. */
const FRAME_PIXELS = 2
const TRANSPARENT_FRAME = {
  left: FRAME_PIXELS,
  top: FRAME_PIXELS,
  right: FRAME_PIXELS,
  bottom: FRAME_PIXELS,
  background: TRANSPARENT,
}

/** The part of an upright picture that a rotated crop needs. */
export interface RotatedSource {
  readonly picture: Size
  /** In pixels of the upright, flipped picture. */
  readonly rect: Rect
  /** What `rect` may be scaled to. */
  readonly size: Size
}

/**
 * Finds what a crop at a free angle needs of the picture.
 *
 * @param picture  The upright picture.
 * @param size     Pixels that the crop is scaled to.
 * @returns `undefined` where the crop lies beside the picture, in a corner that the rotation left empty.
 */
export function rotatedSource(picture: Size, crop: ResolvedCrop, size: Size): RotatedSource | undefined {
  const across = size.width / crop.width
  const down = size.height / crop.height
  const rect = partBehind(picture, crop, MARGIN_PIXELS / Math.min(across, down))
  if (rect === undefined) return undefined
  const scale = Math.max(across, down)
  const width = Math.max(1, Math.round(rect.width * scale))
  const height = Math.max(1, Math.round(rect.height * scale))
  return { picture, rect, size: { width, height } }
}

/** Turns the corners of the crop back and takes the whole pixels around them. */
function partBehind(picture: Size, crop: ResolvedCrop, margin: number): Rect | undefined {
  const { cos, sin } = direction(crop)
  const corners = [0, crop.width].flatMap((right) =>
    [0, crop.height].map((down) => {
      const x = crop.x + right - crop.box.width / 2
      const y = crop.y + down - crop.box.height / 2
      return { x: x * cos + y * sin + picture.width / 2, y: y * cos - x * sin + picture.height / 2 }
    }),
  )
  const xs = corners.map(({ x }) => x)
  const ys = corners.map(({ y }) => y)
  const left = Math.max(0, Math.floor(Math.min(...xs) - margin))
  const top = Math.max(0, Math.floor(Math.min(...ys) - margin))
  const right = Math.min(picture.width, Math.ceil(Math.max(...xs) + margin))
  const bottom = Math.min(picture.height, Math.ceil(Math.max(...ys) + margin))
  if (right <= left || bottom <= top) return undefined
  return { x: left, y: top, width: right - left, height: bottom - top }
}

function direction({ rotate }: ResolvedCrop): { readonly cos: number; readonly sin: number } {
  const angle = (rotate * Math.PI) / 180
  return { cos: Math.cos(angle), sin: Math.sin(angle) }
}

/**
 * Rotates the decoded part and cuts the crop out of it. What the picture does not cover is transparent.
 *
 * @param part  The pixels of `rotated.rect`, in whatever size they were decoded.
 * @param size  Pixels of the result.
 */
export async function placeRotated(
  part: Raster,
  rotated: RotatedSource,
  crop: ResolvedCrop,
  size: Size,
  budget: Budget,
): Promise<Raster> {
  const transform = cropTransform(part, rotated, crop, size)
  const framed = await toRaster(pipelineFrom(part, budget).ensureAlpha().extend(TRANSPARENT_FRAME), budget)
  budget.checkpoint()
  const { matrix, shift, origin } = affinePlacement(framed, transform)
  const [odx, ody] = shift
  const turned = await toRaster(
    pipelineFrom(framed, budget).affine(matrix, { odx, ody, interpolator: 'bicubic', background: TRANSPARENT }),
    budget,
  )
  budget.checkpoint()
  return await cutOut(turned, origin, size, budget)
}

/** From the pixels of the part to those of the result: x' = a x + b y + dx, y' = c x + d y + dy. */
type Transform = readonly [a: number, b: number, c: number, d: number, dx: number, dy: number]

function cropTransform(part: Size, { picture, rect }: RotatedSource, crop: ResolvedCrop, size: Size): Transform {
  const { cos, sin } = direction(crop)
  const across = size.width / crop.width
  const down = size.height / crop.height
  const startX = rect.x - picture.width / 2
  const startY = rect.y - picture.height / 2
  return [
    (across * cos * rect.width) / part.width,
    (-across * sin * rect.height) / part.height,
    (down * sin * rect.width) / part.width,
    (down * cos * rect.height) / part.height,
    across * (startX * cos - startY * sin + crop.box.width / 2 - crop.x),
    down * (startX * sin + startY * cos + crop.box.height / 2 - crop.y),
  ]
}

interface AffinePlacement {
  readonly matrix: [number, number, number, number]
  /** What is left of the translation, less than a pixel. */
  readonly shift: readonly [number, number]
  /** Where the first pixel of the transformed picture stands in the crop, whole pixels. */
  readonly origin: readonly [number, number]
}

/**
 * Splits a transform into what libvips is told and what it does by itself.
 *
 * libvips counts from the centre of the first pixel, we count from its corner. It cuts its result to the bounding box
 * of the matrix alone, rounded, whatever the translation: so the whole pixels of the translation are kept back for
 * `cutOut`, and the frame around the picture takes the rest.
 */
function affinePlacement({ width, height }: Size, transform: Transform): AffinePlacement {
  const [a, b, c, d] = transform
  const dx = transform[4] - FRAME_PIXELS * (a + b) + (a + b - 1) / 2
  const dy = transform[5] - FRAME_PIXELS * (c + d) + (c + d - 1) / 2
  const left = Math.min(0, a * width, b * height, a * width + b * height)
  const top = Math.min(0, c * width, d * height, c * width + d * height)
  return {
    matrix: [a, b, c, d],
    shift: [dx - Math.round(dx), dy - Math.round(dy)],
    origin: [roundLikeC(left) + Math.round(dx), roundLikeC(top) + Math.round(dy)],
  }
}

/** Rounds halves away from 0, where Math.round rounds them up. */
function roundLikeC(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value))
}

async function cutOut(
  turned: Raster,
  [left, top]: readonly [number, number],
  size: Size,
  budget: Budget,
): Promise<Raster> {
  const from = { x: Math.max(0, left), y: Math.max(0, top) }
  const to = { x: Math.min(size.width, left + turned.width), y: Math.min(size.height, top + turned.height) }
  if (to.x <= from.x || to.y <= from.y) return blankRaster(size)
  return await toRaster(
    pipelineFrom(turned, budget)
      .extract({ left: from.x - left, top: from.y - top, width: to.x - from.x, height: to.y - from.y })
      .extend({
        left: from.x,
        top: from.y,
        right: size.width - to.x,
        bottom: size.height - to.y,
        background: TRANSPARENT,
      }),
    budget,
  )
}

export function blankRaster({ width, height }: Size): Raster {
  return { data: Buffer.alloc(width * height * 4), width, height, channels: 4 }
}
