import type { Gesture, Point } from './geometry.js'

export interface GestureListener {
  /** Fingers touch, or one more, or one less: what follows is counted from here. */
  readonly onStart: () => void
  /** What the fingers did since `onStart`. */
  readonly onMove: (gesture: Gesture) => void
  /** The last finger is gone. */
  readonly onEnd: () => void
  /** A turn of the wheel that is meant for the picture, complete in itself. Says whether it did something. */
  readonly onWheel: (gesture: Gesture) => 'zoomed' | 'nothing'
  /** A turn of the wheel that scrolls the page, with the picture under the pointer by chance. */
  readonly onPassingWheel: () => void
}

/** How far a pixel of the wheel enlarges, in powers of e; how many pixels a line and a page are. */
const WHEEL_GROWTH = 0.0015
const WHEEL_UNITS = [1, 16, 400] as const
/** Two fingers on a trackpad come as a wheel with Ctrl, a few pixels at a time; a real one brings a hundred at once. */
const PINCH_GROWTH = 0.01
const MAX_PINCH_PIXELS = 20

/**
 * Listens to mouse, pen, one finger or two, and to the wheel.
 *
 * @param target  Takes the gestures.
 * @param frame   Points are counted from its middle.
 */
export function listenToGestures(target: HTMLElement, frame: HTMLElement, listener: GestureListener): void {
  const fingers = new Map<number, Point>()
  let start: readonly Point[] = []
  const begin = () => {
    start = [...fingers.values()]
    listener.onStart()
  }
  target.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || fingers.size === 2) return
    target.setPointerCapture(event.pointerId)
    fingers.set(event.pointerId, pointOf(event, frame))
    begin()
  })
  target.addEventListener('pointermove', (event) => {
    if (!fingers.has(event.pointerId)) return
    fingers.set(event.pointerId, pointOf(event, frame))
    listener.onMove(between(start, [...fingers.values()]))
  })
  const lift = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId)) return
    if (fingers.size === 0) listener.onEnd()
    else begin()
  }
  target.addEventListener('pointerup', lift)
  target.addEventListener('pointercancel', lift)
  target.addEventListener('lostpointercapture', lift)
  listenToWheel(target, frame, listener)
}

/**
 * The wheel scrolls the page, also over the picture: there it zooms with Ctrl (as two fingers on a trackpad do), and once
 * the picture was clicked, for as long as the pointer stays on it and there is something left to zoom.
 */
function listenToWheel(target: HTMLElement, frame: HTMLElement, listener: GestureListener): void {
  let isMeant = false
  target.addEventListener('pointerdown', () => {
    isMeant = true
  })
  target.addEventListener('pointerleave', () => {
    isMeant = false
  })
  const wheel = (event: WheelEvent) => {
    const isPinch = event.ctrlKey || event.metaKey
    if (!isPinch && !isMeant) {
      listener.onPassingWheel()
      return
    }
    const at = pointOf(event, frame)
    const done = listener.onWheel({ from: at, to: at, growth: growthOf(event, isPinch ? 'pinch' : 'wheel') })
    // With Ctrl the browser would enlarge the page.
    if (isPinch || done === 'zoomed') event.preventDefault()
  }
  target.addEventListener('wheel', wheel, { passive: false })
}

function growthOf({ deltaY, deltaMode }: WheelEvent, way: 'pinch' | 'wheel'): number {
  const pixels = deltaY * (WHEEL_UNITS[deltaMode] ?? 1)
  if (way === 'wheel') return Math.exp(-pixels * WHEEL_GROWTH)
  return Math.exp(-Math.min(Math.max(pixels, -MAX_PINCH_PIXELS), MAX_PINCH_PIXELS) * PINCH_GROWTH)
}

function pointOf({ clientX, clientY }: MouseEvent, frame: HTMLElement): Point {
  const { left, top, width, height } = frame.getBoundingClientRect()
  return { x: clientX - left - width / 2, y: clientY - top - height / 2 }
}

function between(before: readonly Point[], after: readonly Point[]): Gesture {
  const growth = before.length > 1 ? apart(after) / Math.max(1, apart(before)) : 1
  return { from: middle(before), to: middle(after), growth }
}

function middle(points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 })
  return { x: sum.x / points.length, y: sum.y / points.length }
}

function apart([one, other]: readonly Point[]): number {
  return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 1
}
