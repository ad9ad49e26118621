/** Width and height in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * Crop data as the avatar steps expect it.
 *
 * Order: EXIF orientation → flip → rotate clockwise → the rotated picture's bounding box, rounded → crop, in pixels of
 * that box, origin top-left. Whole numbers, and always a square.
 */
export interface CropData extends Size {
  readonly x: number
  readonly y: number
  /** Degrees clockwise, at least 0, less than 360. */
  readonly rotate: number
  /** -1 mirrors left and right. */
  readonly scaleX: 1 | -1
  /** -1 mirrors top and bottom. */
  readonly scaleY: 1 | -1
}

/**
 * What lies under the frame: the picture is flipped, then turned about its middle, and a square is cut out of it.
 *
 * Everything is in pixels of the picture, so a view means the same whatever size the frame has on the screen.
 */
export interface View {
  /** Where the middle of the square is, to the right of the picture's middle. */
  readonly x: number
  /** Where the middle of the square is, below the picture's middle. */
  readonly y: number
  /** Edge of the square. */
  readonly edge: number
  /** Turns of 90 degrees clockwise. */
  readonly turns: 0 | 1 | 2 | 3
  /** Degrees clockwise on top of `turns`, -45 to 45. */
  readonly angle: number
  readonly scaleX: 1 | -1
  readonly scaleY: 1 | -1
}

/** A point or a way, in pixels: x to the right, y down. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** `matrix(a, b, c, d, e, f)` of CSS, about the middle of the picture. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

export const MAX_ANGLE = 45

/** Nobody is helped by an avatar cut from fewer pixels, but a smaller picture may still be used whole. */
const SMALLEST_EDGE = 48
const SMALLEST_SHARE = 1 / 8

/**
 * What a crop at a fine angle keeps away from the picture's own edges, so that whoever renders it finds pixels of the
 * picture around every one that it needs: some of the picture's, and a share of the crop for when it is made smaller.
 */
const MARGIN_PIXELS = 2
const MARGIN_SHARE = 1 / 96

/** The largest square in the middle. */
export function initialView(picture: Size): View {
  const view: View = { x: 0, y: 0, edge: largestEdge(picture, 0), turns: 0, angle: 0, scaleX: 1, scaleY: 1 }
  return snapView(view, picture)
}

/** Degrees clockwise, at least 0, less than 360. */
export function rotationOf({ turns, angle }: View): number {
  return (turns * 90 + angle + 360) % 360
}

/** Edges of the smallest and the largest square that may be cut out at an angle. */
export function edgeRange(picture: Size, angle: number): { readonly min: number; readonly max: number } {
  const max = largestEdge(picture, angle)
  const shortest = Math.min(picture.width, picture.height)
  return { min: Math.min(max, Math.max(SMALLEST_EDGE, Math.round(shortest * SMALLEST_SHARE))), max }
}

function largestEdge({ width, height }: Size, angle: number): number {
  const shortest = Math.min(width, height)
  if (angle === 0) return shortest
  const room = (shortest - 2 * MARGIN_PIXELS) / (spread(angle) + 2 * MARGIN_SHARE)
  return Math.max(1, Math.floor(room))
}

/** How wide a square of edge 1 is, once it is turned. */
function spread(angle: number): number {
  const radians = (angle * Math.PI) / 180
  return Math.abs(Math.cos(radians)) + Math.abs(Math.sin(radians))
}

/** The nearest view in which the picture fills the frame and is not enlarged beyond reason. */
export function clampView(view: View, picture: Size): View {
  const angle = clamp(view.angle, -MAX_ANGLE, MAX_ANGLE)
  const { min, max } = edgeRange(picture, angle)
  const edge = clamp(view.edge, min, max)
  return { ...view, angle, edge, ...keepInside({ ...view, angle, edge }, picture) }
}

/** Looks at the middle of the square from the picture, which lies straight there. */
function keepInside(view: View, { width, height }: Size): Point {
  const rotate = rotationOf(view)
  const margin = view.angle === 0 ? 0 : MARGIN_PIXELS + view.edge * MARGIN_SHARE
  const reach = (view.edge * spread(view.angle)) / 2 + margin
  const roomX = Math.max(0, width / 2 - reach)
  const roomY = Math.max(0, height / 2 - reach)
  const inPicture = turnPoint(view, -rotate)
  const kept = { x: clamp(inPicture.x, -roomX, roomX), y: clamp(inPicture.y, -roomY, roomY) }
  return kept.x === inPicture.x && kept.y === inPicture.y ? { x: view.x, y: view.y } : turnPoint(kept, rotate)
}

/** Clockwise about the origin. Quarter turns are exact. */
export function turnPoint({ x, y }: Point, degrees: number): Point {
  const { cos, sin } = direction(degrees)
  return { x: x * cos - y * sin + 0, y: x * sin + y * cos + 0 }
}

function direction(degrees: number): { readonly cos: number; readonly sin: number } {
  const radians = (degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)]
  return degrees % 90 === 0 ? { cos: Math.round(cos), sin: Math.round(sin) } : { cos, sin }
}

/** The bounding box of the turned picture, in whole pixels, as the servers find it. */
export function boundingBox({ width, height }: Size, rotate: number): Size {
  const { cos, sin } = direction(rotate)
  const [across, along] = [Math.abs(cos), Math.abs(sin)]
  return { width: Math.round(width * across + height * along), height: Math.round(width * along + height * across) }
}

/** The square in whole pixels of the turned picture's bounding box. Expects a view that `clampView` gave. */
export function cropOf(view: View, picture: Size): CropData {
  const rotate = rotationOf(view)
  const box = boundingBox(picture, rotate)
  const edge = Math.round(view.edge)
  return {
    x: clamp(Math.round(box.width / 2 + view.x - edge / 2), 0, Math.max(0, box.width - edge)),
    y: clamp(Math.round(box.height / 2 + view.y - edge / 2), 0, Math.max(0, box.height - edge)),
    width: edge,
    height: edge,
    rotate,
    scaleX: view.scaleX,
    scaleY: view.scaleY,
  }
}

/** The view that shows exactly the pixels of its crop, so that what is seen is what is saved. */
export function snapView(view: View, picture: Size): View {
  const clamped = clampView(view, picture)
  const { x, y, width, rotate } = cropOf(clamped, picture)
  const box = boundingBox(picture, rotate)
  return { ...clamped, edge: width, x: x + width / 2 - box.width / 2, y: y + width / 2 - box.height / 2 }
}

/** The view of a former crop of the same picture: of what `cropOf` gave, the one that it came from. */
export function viewOf({ x, y, width, rotate, scaleX, scaleY }: CropData, picture: Size): View {
  const quarters = Math.round(rotate / 90)
  const turns = (quarters % 4) as View['turns']
  const box = boundingBox(picture, rotate)
  const middle = { x: x + width / 2 - box.width / 2, y: y + width / 2 - box.height / 2 }
  return { ...middle, edge: width, turns, angle: rotate - quarters * 90, scaleX, scaleY }
}

/** A quarter turn about the middle of the frame, as the person sees it. */
export function turn(view: View, sense: 'clockwise' | 'counter-clockwise'): View {
  const degrees = sense === 'clockwise' ? 90 : -90
  const turns = ((view.turns + degrees / 90 + 4) % 4) as View['turns']
  return { ...view, turns, ...turnPoint(view, degrees) }
}

/** Mirrored as the person sees it: what was turned clockwise is then turned the other way. */
export function flip(view: View, axis: 'horizontal' | 'vertical'): View {
  const turned = { ...view, turns: ((4 - view.turns) % 4) as View['turns'], angle: -view.angle + 0 }
  if (axis === 'horizontal') return { ...turned, x: -view.x + 0, scaleX: view.scaleX === 1 ? -1 : 1 }
  return { ...turned, y: -view.y + 0, scaleY: view.scaleY === 1 ? -1 : 1 }
}

/** Another fine angle, about the middle of the frame. */
export function straighten(view: View, angle: number): View {
  const wanted = clamp(angle, -MAX_ANGLE, MAX_ANGLE)
  return { ...view, angle: wanted, ...turnPoint(view, wanted - view.angle) }
}

/** Another edge about the middle of the frame: a smaller one enlarges the picture. Always moves by a pixel at least. */
export function zoomBy(view: View, factor: number): View {
  const edge = view.edge / factor
  return { ...view, edge: factor > 1 ? Math.min(edge, view.edge - 1) : Math.max(edge, view.edge + 1) }
}

/** A gesture of one or two fingers, or of the wheel. Screen pixels, counted from the middle of the frame. */
export interface Gesture {
  readonly from: Point
  readonly to: Point
  /** How much the picture grows. 1 for a pull. */
  readonly growth: number
}

/** What a gesture does to a view: the point of the picture that was under the fingers stays there. */
export function moved(view: View, gesture: Gesture, picture: Size, frameEdge: number): View {
  const { min, max } = edgeRange(picture, view.angle)
  const edge = clamp(view.edge / gesture.growth, min, max)
  const before = view.edge / frameEdge
  const after = edge / frameEdge
  const x = view.x + gesture.from.x * before - gesture.to.x * after
  const y = view.y + gesture.from.y * before - gesture.to.y * after
  return { ...view, edge, x, y }
}

/**
 * What shows a view.
 *
 * @param frameEdge  Edge of the frame on the screen.
 * @param middle     The middle of the frame, from the middle of the picture as it lies before it is transformed.
 */
export function matrixOf(view: View, frameEdge: number, middle: Point): Matrix {
  const scale = frameEdge / view.edge
  const { cos, sin } = direction(rotationOf(view))
  return [
    scale * cos * view.scaleX + 0,
    scale * sin * view.scaleX + 0,
    -scale * sin * view.scaleY + 0,
    scale * cos * view.scaleY + 0,
    middle.x - scale * view.x,
    middle.y - scale * view.y,
  ]
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
