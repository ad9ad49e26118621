import { createHash } from 'node:crypto'

/** A picture for users without an avatar, drawn from nothing but who they are. */
export type DrawnPicture = 'initials' | 'pattern' | 'blank'

/** Whom to draw a picture for, and how large. */
export interface DrawnSubject {
  readonly user: string
  /** Edge length in pixels. */
  readonly edge: number
  /** Whose initials are drawn. Default: the user's id. */
  readonly name?: string | undefined
}

/** Each has a contrast of at least 4.5 : 1 to white. */
export const COLOURS: readonly string[] = [
  '#a8321e',
  '#9c4400',
  '#7d5700',
  '#5a6600',
  '#2f6f1f',
  '#00705a',
  '#006b85',
  '#1c60a8',
  '#4453b8',
  '#6a45b5',
  '#8b3a9e',
  '#a52f6f',
]

const CELLS = 5
const HALF = Math.ceil(CELLS / 2)

/**
 * A square picture as SVG. The same user has the same picture, everywhere and in every size.
 *
 * Nothing of the name gets into it but letters and digits, so that it can be served: no markup, no marks that turn text
 * around, nothing to run. A name without a letter or digit gets a pattern.
 */
export function drawPicture(kind: DrawnPicture, { user, edge, name }: DrawnSubject): string {
  const digest = createHash('sha256').update(user).digest()
  const colour = COLOURS[(digest[0] ?? 0) % COLOURS.length] as string
  if (kind === 'blank') return svg(edge, '')
  const initials = kind === 'initials' ? initialsOf(name ?? user) : ''
  return initials === '' ? svg(edge, pattern(digest, colour)) : svg(edge, lettering(initials, colour))
}

/** The first letter or digit of the first word and of the last one. */
export function initialsOf(name: string): string {
  const words = name.normalize('NFC').split(/\s+/u)
  const letters = words.flatMap((word) => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? [])
  const chosen = letters.length > 1 ? [letters[0], letters.at(-1)] : letters
  // Some capitals are two letters: ß.
  return chosen.map((letter = '') => [...letter.toUpperCase()][0] ?? '').join('')
}

function lettering(initials: string, colour: string): string {
  return (
    `<rect width="100" height="100" fill="${colour}"/>` +
    '<text x="50" y="50" dy=".35em" fill="#fff" font-family="system-ui,sans-serif" font-size="42" font-weight="600" ' +
    `text-anchor="middle">${initials}</text>`
  )
}

/** Five by five fields, the right half a mirror of the left one. */
function pattern(digest: Uint8Array, colour: string): string {
  const fields: string[] = []
  for (let at = 0; at < CELLS * HALF; at++) {
    const [column, row] = [at % HALF, Math.floor(at / HALF)]
    // The middle is always there, so that nobody has an empty picture.
    const isMiddle = column === HALF - 1 && row === HALF - 1
    if ((digest[at + 1] ?? 0) % 2 === 0 && !isMiddle) continue
    const mirrored = CELLS - 1 - column
    fields.push(field(column, row))
    if (mirrored !== column) fields.push(field(mirrored, row))
  }
  return `<rect width="100" height="100" fill="#eee"/><path fill="${colour}" d="${fields.join('')}"/>`
}

function field(column: number, row: number): string {
  return `M${10 + column * 16} ${10 + row * 16}h16v16h-16z`
}

function svg(edge: number, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${edge}" height="${edge}" viewBox="0 0 100 100">${content}</svg>`
}
