/** Crop data as the avatar steps expect it: pixels of the picture as displayed, after flip and rotation. */
export interface CropData {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Degrees, clockwise. */
  readonly rotate: number
  readonly scaleX: 1 | -1
  readonly scaleY: 1 | -1
}

export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * How the picture lies under the square frame: first mirrored, then turned, then enlarged, then moved.
 *
 * `x` and `y` say where the middle of the picture is, in screen pixels from the middle of the frame.
 */
export interface View {
  /** Screen pixels per pixel of the picture. */
  readonly scale: number
  readonly x: number
  readonly y: number
  readonly rotate: 0 | 90 | 180 | 270
  readonly mirrored: boolean
}

/** `matrix(a, b, c, d, e, f)` of CSS, about the middle of the picture. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

/** Nobody is helped by an avatar cut from fewer pixels, but a smaller picture may still be used whole. */
const SMALLEST_EDGE = 48
const SMALLEST_SHARE = 1 / 8

/** The picture's bounding box after its rotation. */
export function turnedSize(picture: Size, rotate: View['rotate']): Size {
  return rotate % 180 === 0 ? picture : { width: picture.height, height: picture.width }
}

/** The scales at which the frame is filled exactly, and at which the smallest allowed part fills it. */
export function scaleRange(picture: Size, frameEdge: number): { readonly min: number; readonly max: number } {
  const shortest = Math.min(picture.width, picture.height)
  const smallestPart = Math.min(shortest, Math.max(SMALLEST_EDGE, shortest * SMALLEST_SHARE))
  return { min: frameEdge / shortest, max: frameEdge / smallestPart }
}

/** The whole picture in the middle, as large as needed to fill the frame. */
export function initialView(picture: Size, frameEdge: number): View {
  return { scale: scaleRange(picture, frameEdge).min, x: 0, y: 0, rotate: 0, mirrored: false }
}

/** The nearest view in which the picture fills the frame and is not enlarged beyond reason. */
export function clampView(view: View, picture: Size, frameEdge: number): View {
  const { min, max } = scaleRange(picture, frameEdge)
  const scale = clamp(view.scale, min, max)
  const { width, height } = turnedSize(picture, view.rotate)
  const roomX = Math.max(0, (width * scale - frameEdge) / 2)
  const roomY = Math.max(0, (height * scale - frameEdge) / 2)
  return { ...view, scale, x: clamp(view.x, -roomX, roomX), y: clamp(view.y, -roomY, roomY) }
}

/** Another scale, with what is in the middle of the frame staying there. */
export function zoomTo(view: View, scale: number): View {
  const factor = scale / view.scale
  return { ...view, scale, x: view.x * factor, y: view.y * factor }
}

/** A quarter turn about the middle of the frame, as the person sees it. */
export function turn(view: View, direction: 'clockwise' | 'counter-clockwise'): View {
  const sign = direction === 'clockwise' ? 1 : -1
  const rotate = ((view.rotate + sign * 90 + 360) % 360) as View['rotate']
  return { ...view, rotate, x: sign * -view.y + 0, y: sign * view.x + 0 }
}

/** Mirrored left to right, as the person sees it: what was turned clockwise then is turned the other way. */
export function mirror(view: View): View {
  return { ...view, mirrored: !view.mirrored, rotate: ((360 - view.rotate) % 360) as View['rotate'], x: -view.x + 0 }
}

/** The square under the frame, in whole pixels inside the turned picture. */
export function cropOf(view: View, picture: Size, frameEdge: number): CropData {
  const box = turnedSize(picture, view.rotate)
  const edge = clamp(Math.round(frameEdge / view.scale), 1, Math.min(box.width, box.height))
  const left = box.width / 2 - (view.x + frameEdge / 2) / view.scale
  const top = box.height / 2 - (view.y + frameEdge / 2) / view.scale
  return {
    x: clamp(Math.round(left), 0, box.width - edge),
    y: clamp(Math.round(top), 0, box.height - edge),
    width: edge,
    height: edge,
    rotate: view.rotate,
    scaleX: view.mirrored ? -1 : 1,
    scaleY: 1,
  }
}

/** What shows a view, where `middle` is how far the frame's middle is from the picture's own middle before it is moved. */
export function matrixOf(view: View, middle: { readonly x: number; readonly y: number }): Matrix {
  const angle = (view.rotate * Math.PI) / 180
  const cos = Math.round(Math.cos(angle))
  const sin = Math.round(Math.sin(angle))
  const { scale } = view
  const across = view.mirrored ? -scale : scale
  return [cos * across + 0, sin * across + 0, -sin * scale + 0, cos * scale + 0, middle.x + view.x, middle.y + view.y]
}

export interface Gesture {
  readonly before: Matrix
  readonly after: Matrix
  /** What the scale may be. */
  readonly range: { readonly min: number; readonly max: number }
}

/**
 * What a gesture did to the picture.
 *
 * A zoom about the pointer moves the picture in proportion to how much it grows, so a zoom that is cut short at a limit
 * moves it by the same share: at the limit it stands still.
 */
export function moved(view: View, { before, after, range }: Gesture): View {
  const asked = view.scale * (Math.hypot(after[0], after[1]) / Math.hypot(before[0], before[1]))
  const scale = clamp(asked, range.min, range.max)
  const grows = Math.abs(asked / view.scale - 1) > 1e-9
  const share = grows ? (scale - view.scale) / (asked - view.scale) : 1
  return { ...view, scale, x: view.x + (after[4] - before[4]) * share, y: view.y + (after[5] - before[5]) * share }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
