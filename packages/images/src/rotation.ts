import type { ResolvedCrop, Size } from './crop.js'
import type { Budget } from './limits.js'
import type { Rect } from './quarter-turn.js'
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
  /** In pixels of the upright, flipped picture. */
  readonly rect: Rect
  /** What `rect` may be scaled to. */
  readonly size: Size
  /** From pixels of the scaled part to pixels of the scaled crop: `[a, b, c, d, dx, dy]`, x' = ax + by + dx. */
  readonly transform: readonly [number, number, number, number, number, number]
}

/**
 * Finds what a crop at a free angle needs of the picture.
 *
 * @param picture  The upright picture.
 * @param size     Pixels that the crop is scaled to.
 * @returns `undefined` where the crop lies beside the picture, in a corner that the rotation left empty.
 */
export function rotatedSource(picture: Size, crop: ResolvedCrop, size: Size): RotatedSource | undefined {
  const cos = Math.cos((crop.rotate * Math.PI) / 180)
  const sin = Math.sin((crop.rotate * Math.PI) / 180)
  const grow = { x: size.width / crop.width, y: size.height / crop.height }
  const rect = partBehind(picture, crop, cos, sin, MARGIN_PIXELS / Math.min(grow.x, grow.y))
  if (rect === undefined) return undefined
  const scale = Math.max(grow.x, grow.y)
  const part = {
    width: Math.max(1, Math.round(rect.width * scale)),
    height: Math.max(1, Math.round(rect.height * scale)),
  }
  const a = (grow.x * cos * rect.width) / part.width
  const b = (-grow.x * sin * rect.height) / part.height
  const c = (grow.y * sin * rect.width) / part.width
  const d = (grow.y * cos * rect.height) / part.height
  const start = { x: rect.x - picture.width / 2, y: rect.y - picture.height / 2 }
  const dx = grow.x * (start.x * cos - start.y * sin + crop.box.width / 2 - crop.x)
  const dy = grow.y * (start.x * sin + start.y * cos + crop.box.height / 2 - crop.y)
  return { rect, size: part, transform: [a, b, c, d, dx, dy] }
}

/** Turns the corners of the crop back and takes the whole pixels around them. */
function partBehind(picture: Size, crop: ResolvedCrop, cos: number, sin: number, margin: number): Rect | undefined {
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

/** Rotates the decoded part and cuts the crop out of it. What the picture does not cover is transparent. */
export async function placeRotated(part: Raster, rotated: RotatedSource, size: Size, budget: Budget): Promise<Raster> {
  const framed = await toRaster(pipelineFrom(part, budget).ensureAlpha().extend(TRANSPARENT_FRAME), budget)
  budget.checkpoint()
  const { matrix, shift, origin } = affinePlacement(framed, rotated.transform)
  const [odx, ody] = shift
  const turned = await toRaster(
    pipelineFrom(framed, budget).affine(matrix, { odx, ody, interpolator: 'bicubic', background: TRANSPARENT }),
    budget,
  )
  budget.checkpoint()
  return await cutOut(turned, origin, size, budget)
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
function affinePlacement({ width, height }: Size, transform: RotatedSource['transform']): AffinePlacement {
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
