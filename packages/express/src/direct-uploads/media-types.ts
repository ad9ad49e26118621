import { show } from '@bucket-brigade/core'
import { HttpProblem } from '../problems/http-problem.js'

const NAME = '[a-z0-9][a-z0-9!#$&^_.+-]{0,126}'
const MEDIA_TYPE = new RegExp(`^(${NAME}/${NAME})(?:[ \\t]*;.*)?$`, 'i')
const PATTERN = new RegExp(`^(?:${NAME}/(?:${NAME}|\\*)|\\*/\\*)$`)

/** What a browser runs where it shows it: only its full name lets it in, never a wildcard. */
const ACTIVE = /^(?:text\/(?:html|xml|xsl|javascript|ecmascript)|application\/(?:xml|javascript|ecmascript)|.*[+]xml)$/

/** What is taken where the application names nothing. */
const DEFAULT_TYPES = [
  'image/*',
  'audio/*',
  'video/*',
  'application/pdf',
  'application/zip',
  'application/octet-stream',
  'text/plain',
  'text/csv',
]

/** Which media types may be uploaded. */
export class MediaTypes {
  readonly #allowed: readonly string[]

  /** @throws TypeError where an entry is no media type, nor a pattern such as `image/*` */
  constructor(allowed: readonly string[] = DEFAULT_TYPES) {
    this.#allowed = allowed.map(checkPattern)
  }

  /**
   * The type that the object gets: lower case, without parameters. Browsers send nothing for files that they do not
   * know, which are `application/octet-stream`.
   *
   * @throws HttpProblem `type-unsupported`
   */
  check(announced: string): string {
    const type = announced.trim() === '' ? 'application/octet-stream' : MEDIA_TYPE.exec(announced.trim())?.[1]
    const folded = type?.toLowerCase()
    if (folded !== undefined && this.#allowed.some((pattern) => covers(pattern, folded))) return folded
    throw new HttpProblem(
      415,
      'type-unsupported',
      `Expected a file of type ${this.#allowed.join(', ')}; received ${show(announced)}: choose another file.`,
    )
  }
}

function covers(pattern: string, type: string): boolean {
  if (pattern === type) return true
  if (!pattern.endsWith('/*') || ACTIVE.test(type)) return false
  return pattern === '*/*' || type.startsWith(pattern.slice(0, -1))
}

function checkPattern(pattern: string): string {
  const folded = typeof pattern === 'string' ? pattern.toLowerCase() : ''
  if (PATTERN.test(folded)) return folded
  throw new TypeError(
    `expected types to be media types such as "application/pdf" or "image/*"; received ${show(pattern)}`,
  )
}
