import type { CropData } from '@bucket-brigade/avatar-cropper'

/** Width and height in displayed pixels. */
export interface Extent {
  readonly width: number
  readonly height: number
}

/** A rectangle in whole pixels of the mirrored and turned picture. */
interface Area extends Extent {
  readonly x: number
  readonly y: number
}

/** Where the square lies, how much of the picture's shorter edge it takes, and how the picture is mirrored and turned. */
export interface SquareChoice {
  readonly place: Place
  readonly size: Size
  readonly turn: Turn
  readonly mirror: Mirror
}

/** The crop, as the cropper takes it. */
export interface Square extends Area {
  /** Degrees, clockwise. */
  readonly rotate: number
  readonly scaleX: 1 | -1
  readonly scaleY: 1 | -1
}

/**
 * By shares of the room that the square leaves: across, then down. Where it leaves none, several are one and the same; the
 * first of them is what it is called.
 */
const PLACES = {
  centre: [0.5, 0.5],
  left: [0, 0.5],
  right: [1, 0.5],
  top: [0.5, 0],
  bottom: [0.5, 1],
  'top-left': [0, 0],
  'top-right': [1, 0],
  'bottom-left': [0, 1],
  'bottom-right': [1, 1],
} as const

/** In percent of the shorter edge. */
const SIZES = { '100': 100, '75': 75, '50': 50, '25': 25 } as const

/** In degrees, clockwise. */
const TURNS = { '0': 0, '90': 90, '180': 180, '270': 270 } as const

/** Factors across and down, of the picture as it is before it is turned. */
const MIRRORS = { none: [1, 1], across: [-1, 1], down: [1, -1] } as const

export type Place = keyof typeof PLACES
export type Size = keyof typeof SIZES
export type Turn = keyof typeof TURNS
export type Mirror = keyof typeof MIRRORS

/** The choice that an address names; what it leaves out or what is unknown is the largest square in the centre. */
export function readChoice(query: Readonly<Record<string, unknown>>): SquareChoice {
  return {
    place: knownOr(PLACES, query.place, 'centre'),
    size: knownOr(SIZES, query.size, '100'),
    turn: knownOr(TURNS, query.turn, '0'),
    mirror: knownOr(MIRRORS, query.mirror, 'none'),
  }
}

function knownOr<Name extends string>(known: Readonly<Record<Name, unknown>>, asked: unknown, otherwise: Name): Name {
  return typeof asked === 'string' && Object.hasOwn(known, asked) ? (asked as Name) : otherwise
}

/** The picture's extent after the turn. */
export function turnedExtent({ width, height }: Extent, turn: Turn): Extent {
  return TURNS[turn] % 180 === 0 ? { width, height } : { width: height, height: width }
}

/** The square that a choice stands for: never beyond the picture, never without a pixel. */
export function squareOf(original: Extent, { place, size, turn, mirror }: SquareChoice): Square {
  const { width, height } = turnedExtent(original, turn)
  const edge = Math.max(1, Math.floor((Math.min(width, height) * SIZES[size]) / 100))
  const [across, down] = PLACES[place]
  const [scaleX, scaleY] = MIRRORS[mirror]
  return {
    x: Math.floor((width - edge) * across),
    y: Math.floor((height - edge) * down),
    width: edge,
    height: edge,
    rotate: TURNS[turn],
    scaleX,
    scaleY,
  }
}

/** What the page of a crop shows. */
export interface ShownSquare {
  readonly choice: SquareChoice
  readonly square: Square
  /** Whether it is that of the choice, or one whose numbers the address has. */
  readonly by: 'choice' | 'numbers'
}

/** The square that an address asks for. Numbers that leave the picture count for nothing. */
export function readSquare(original: Extent, query: Readonly<Record<string, unknown>>): ShownSquare {
  const choice = readChoice(query)
  const square = squareOf(original, choice)
  const area = readArea(query)
  const room = turnedExtent(original, choice.turn)
  if (!area || area.x + area.width > room.width || area.y + area.height > room.height) {
    return { choice, square, by: 'choice' }
  }
  return { choice, square: { ...square, ...area }, by: 'numbers' }
}

function readArea({ x, y, width, height }: Readonly<Record<string, unknown>>): Area | undefined {
  const numbers = [x, y, width, height].map((text) => (typeof text === 'string' && text !== '' ? Number(text) : -1))
  const [left = -1, top = -1, across = -1, down = -1] = numbers
  if (!numbers.every(Number.isSafeInteger) || Math.min(left, top) < 0 || Math.min(across, down) < 1) return undefined
  return { x: left, y: top, width: across, height: down }
}

/** What an address says to ask for a square that was cropped: its choice, or its numbers where somebody entered others. */
export function queryOf(original: Extent, crop: Required<CropData>): Readonly<Record<string, string>> {
  const turn = namesOf(TURNS).find((name) => TURNS[name] === crop.rotate)
  const mirror = namesOf(MIRRORS).find((name) => MIRRORS[name][0] === crop.scaleX && MIRRORS[name][1] === crop.scaleY)
  // No crop of this page.
  if (turn === undefined || mirror === undefined) return {}
  const choices = namesOf(SIZES).flatMap((size) => namesOf(PLACES).map((place) => ({ place, size, turn, mirror })))
  const choice = choices.find((one) => isSameArea(squareOf(original, one), crop))
  if (choice) return choice
  const { x, y, width, height } = crop
  return { turn, mirror, x: `${x}`, y: `${y}`, width: `${width}`, height: `${height}` }
}

function isSameArea(a: Area, b: Area): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height
}

function namesOf<Name extends string>(known: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(known) as Name[]
}

/** Shows the picture as the choice leaves it: mirrored first, then turned, as crops are. A `transform` of SVG. */
export function transformOf({ width, height }: Extent, { turn, mirror }: SquareChoice): string {
  const moves = { '0': [0, 0], '90': [height, 0], '180': [width, height], '270': [0, width] } as const
  const [scaleX, scaleY] = MIRRORS[mirror]
  const back = [scaleX === 1 ? 0 : width, scaleY === 1 ? 0 : height]
  return `translate(${moves[turn].join(' ')}) rotate(${turn}) translate(${back.join(' ')}) scale(${scaleX} ${scaleY})`
}
