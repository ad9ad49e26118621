import type { Size } from './crop.js'

/** One of the eight ways to lay a rectangle onto itself: mirror left and right or not, then turn clockwise. */
export interface QuarterTurn {
  readonly mirrored: boolean
  /** Turns of 90 degrees clockwise, 0 to 3. */
  readonly turns: number
}

/** A rectangle in whole pixels, origin top-left. */
export interface Rect extends Size {
  readonly x: number
  readonly y: number
}

/** An EXIF orientation: how stored pixels are turned and mirrored to be displayed. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** What brings stored pixels to the way they are displayed, for each EXIF orientation. */
const BY_ORIENTATION: Readonly<Record<Orientation, QuarterTurn>> = {
  1: { mirrored: false, turns: 0 },
  2: { mirrored: true, turns: 0 },
  3: { mirrored: false, turns: 2 },
  4: { mirrored: true, turns: 2 },
  5: { mirrored: true, turns: 3 },
  6: { mirrored: false, turns: 1 },
  7: { mirrored: true, turns: 1 },
  8: { mirrored: false, turns: 3 },
}

/** EXIF holds any number; only 1 to 8 mean something. */
export function toOrientation(value: number | undefined): Orientation {
  return value !== undefined && value in BY_ORIENTATION ? (value as Orientation) : 1
}

export function orientationTurn(orientation: Orientation): QuarterTurn {
  return BY_ORIENTATION[orientation]
}

export function flipTurn(scaleX: 1 | -1, scaleY: 1 | -1): QuarterTurn {
  return { mirrored: scaleX !== scaleY, turns: scaleY === -1 ? 2 : 0 }
}

/** First one, then the other. A mirror changes the sense of the turns before it. */
export function compose(first: QuarterTurn, second: QuarterTurn): QuarterTurn {
  const turns = second.turns + (second.mirrored ? -first.turns : first.turns)
  return { mirrored: first.mirrored !== second.mirrored, turns: (turns + 4) % 4 }
}

export function turnedSize({ width, height }: Size, { turns }: QuarterTurn): Size {
  return turns % 2 === 0 ? { width, height } : { width: height, height: width }
}

/**
 * Finds the stored pixels that a turn brings into a rectangle.
 *
 * @param stored  Size of the picture before the turn.
 * @param rect    Rectangle in the picture after the turn.
 */
export function rectBeforeTurn(stored: Size, turn: QuarterTurn, rect: Rect): Rect {
  let found = rect
  for (let turns = turn.turns; turns > 0; turns -= 1) {
    const before = turnedSize(stored, { mirrored: turn.mirrored, turns: turns - 1 })
    found = { x: found.y, y: before.height - found.x - found.width, width: found.height, height: found.width }
  }
  return turn.mirrored ? { ...found, x: stored.width - found.x - found.width } : found
}
