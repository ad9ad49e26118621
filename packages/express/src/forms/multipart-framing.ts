import { invalidRequest } from './form-problems.js'

/** A piece of a multipart body: a part's header block with its empty line, bytes of its content, or the end. */
export type FramingToken =
  | { readonly kind: 'head'; readonly bytes: Buffer /** Offset in the body of what follows. */; readonly end: number }
  | { readonly kind: 'content'; readonly bytes: Buffer }
  | { readonly kind: 'close' }

type State = 'start' | 'after-delimiter' | 'head' | 'content-start' | 'content' | 'closed'

/** Bytes in the headers of one part, as in Node's own parser. */
const MAX_HEAD_BYTES = 16 * 1024
const CRLF = Buffer.from('\r\n')
const EMPTY_LINE = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)

/**
 * Cuts a `multipart/form-data` body at its delimiters (RFC 2046, section 5.1.1), strictly.
 *
 * busboy is lenient where a store must not be: it ends a file at a line that only begins like a delimiter, reads parts
 * behind the closing delimiter depending on how the bytes were chunked, and skips any amount of preamble. Here all
 * of that is refused, whatever the chunks, and the offsets are exact, so that a file's length is known before its bytes.
 */
export class MultipartFraming {
  /** Bytes from the end of the last part's content to the end of the body. */
  readonly closingBytes: number
  readonly #opening: Buffer
  readonly #delimiter: Buffer
  #state: State = 'start'
  #held = EMPTY
  #consumed = 0
  #trailed = false

  /** @param boundary Parsed: 1 to 70 characters of RFC 2046, without quotes. */
  constructor(boundary: string) {
    this.#opening = Buffer.from(`--${boundary}`)
    this.#delimiter = Buffer.from(`\r\n--${boundary}`)
    this.closingBytes = this.#delimiter.length + '--\r\n'.length
  }

  /** @throws HttpProblem `invalid-request` */
  *push(chunk: Buffer): Generator<FramingToken> {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = EMPTY
    while (rest.length > 0) {
      const before = this.#state
      const { used, token } = this.#step(rest)
      this.#consumed += used
      rest = rest.subarray(used)
      if (token !== undefined) yield token
      if (used === 0 && this.#state === before) {
        // A copy: the chunk that it is cut from may be large.
        this.#held = Buffer.from(rest)
        return
      }
    }
  }

  /** The body has ended. @throws HttpProblem `invalid-request` where the closing delimiter is missing */
  end(): void {
    if (this.#state === 'closed' && this.#held.length === 0) return
    throw invalidRequest(
      this.#state === 'closed'
        ? 'expected CRLF or nothing after the closing boundary'
        : 'the form ended early: expected it to end in its boundary between "--" and "--"',
    )
  }

  #step(data: Buffer): { readonly used: number; readonly token?: FramingToken | undefined } {
    switch (this.#state) {
      case 'start':
        return { used: this.#start(data) }
      case 'after-delimiter':
        return this.#afterDelimiter(data)
      case 'head':
        return this.#head(data)
      case 'content-start':
        return { used: this.#contentStart(data) }
      case 'content':
        return this.#content(data)
      case 'closed':
        return { used: this.#closed(data) }
    }
  }

  /** Some clients put an empty line before the first delimiter; any other preamble is refused. */
  #start(data: Buffer): number {
    for (const opening of [this.#opening, this.#delimiter]) {
      if (isPrefix(data, opening)) return 0
      if (isPrefix(opening, data)) {
        this.#state = 'after-delimiter'
        return opening.length
      }
    }
    throw invalidRequest('expected the form to begin with "--" and the boundary that its Content-Type names')
  }

  #afterDelimiter(data: Buffer): { readonly used: number; readonly token?: FramingToken } {
    if (data.length < 2) return { used: 0 }
    if (isPrefix(CRLF, data)) {
      this.#state = 'head'
      return { used: 2 }
    }
    if (data.toString('latin1', 0, 2) !== '--') {
      throw invalidRequest('expected CRLF or "--" after a boundary: choose one that does not occur in the content')
    }
    this.#state = 'closed'
    return { used: 2, token: { kind: 'close' } }
  }

  #head(data: Buffer): { readonly used: number; readonly token?: FramingToken } {
    const found = data.indexOf(EMPTY_LINE)
    const used = found + EMPTY_LINE.length
    if ((found === -1 ? data.length : used) > MAX_HEAD_BYTES) {
      throw invalidRequest(
        `expected a part's headers, with CRLF at each line's end, to have at most ${MAX_HEAD_BYTES} bytes`,
      )
    }
    if (isPrefix(CRLF, data)) throw invalidRequest('expected headers in every part; one had none')
    if (found === -1) return { used: 0 }
    const bytes = data.subarray(0, used)
    if (bytes.includes(this.#delimiter)) throw invalidRequest("a boundary came in the middle of a part's headers")
    this.#state = 'content-start'
    return { used, token: { kind: 'head', bytes, end: this.#consumed + used } }
  }

  /** A delimiter right here would share its CRLF with the empty line before it: parsers disagree on what that is. */
  #contentStart(data: Buffer): number {
    if (isPrefix(this.#opening, data))
      throw invalidRequest('expected CRLF between the headers of a part and a boundary')
    if (!isPrefix(data, this.#opening)) this.#state = 'content'
    return 0
  }

  #content(data: Buffer): { readonly used: number; readonly token?: FramingToken | undefined } {
    const found = data.indexOf(this.#delimiter)
    if (found === -1) {
      const safe = data.length - partialLength(data, this.#delimiter)
      return safe === 0 ? { used: 0 } : { used: safe, token: { kind: 'content', bytes: data.subarray(0, safe) } }
    }
    this.#state = 'after-delimiter'
    const token: FramingToken | undefined =
      found === 0 ? undefined : { kind: 'content', bytes: data.subarray(0, found) }
    return { used: found + this.#delimiter.length, token }
  }

  #closed(data: Buffer): number {
    if (data.length === 1 && data[0] === CRLF[0]) return 0
    if (data.equals(CRLF) && !this.#trailed) {
      this.#trailed = true
      return 2
    }
    throw invalidRequest('expected nothing but CRLF after the closing boundary')
  }
}

function isPrefix(part: Buffer, whole: Buffer): boolean {
  return part.length <= whole.length && part.equals(whole.subarray(0, part.length))
}

/** How many bytes at the end of `data` may be the beginning of the delimiter, whose only CR is its first byte. */
function partialLength(data: Buffer, delimiter: Buffer): number {
  const tail = data.subarray(-(delimiter.length - 1))
  const start = tail.lastIndexOf(CRLF[0] as number)
  if (start === -1) return 0
  const partial = tail.subarray(start)
  return isPrefix(partial, delimiter) ? partial.length : 0
}
