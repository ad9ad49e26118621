import { Readable } from 'node:stream'
import { shown } from './form-boundary.js'
import { fileTooLarge, invalidRequest } from './form-problems.js'
import type { HttpProblem } from './http-problem.js'

export interface ArrivingFileRules {
  readonly field: string
  readonly maxBytes: number
  /** The exact size, where it was announced. */
  readonly length: number | undefined
}

/**
 * The bytes of one file, whose end is withheld until `prove` says that the whole form is sound.
 *
 * Whoever reads it may stop: the rest of the file is then dropped, so that the form can be read on.
 */
export class ArrivingFile extends Readable {
  readonly #source: Readable
  readonly #rules: ArrivingFileRules
  readonly #refuse: (problem: HttpProblem) => void
  #seen = 0

  /** @param refuse Called where the file breaks a rule; it is then expected to destroy this stream. */
  constructor(source: Readable, rules: ArrivingFileRules, refuse: (problem: HttpProblem) => void) {
    super({ highWaterMark: 64 * 1024 })
    this.#source = source
    this.#rules = rules
    this.#refuse = refuse
    // The failure is reported by receiveForm even where nobody listens here.
    this.on('error', () => {})
    source.on('error', () => {})
    source.on('limit', () => refuse(fileTooLarge(rules.field, rules.maxBytes)))
    source.on('data', (chunk: Buffer) => this.#take(chunk))
    source.on('end', () => this.#checkLength())
    source.pause()
  }

  /** The form is sound and this file complete: lets the end through. */
  prove(): void {
    if (!this.destroyed) this.push(null)
  }

  override _read(): void {
    this.#source.resume()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // Not destroyed: the parser waits until all of it is read.
    this.#source.resume()
    done(error)
  }

  #take(chunk: Buffer): void {
    this.#seen += chunk.length
    const { length } = this.#rules
    if (length !== undefined && this.#seen > length) this.#refuse(this.#lengthProblem(length))
    else if (!this.destroyed && !this.push(chunk)) this.#source.pause()
  }

  #checkLength(): void {
    const { length } = this.#rules
    if (length !== undefined && this.#seen !== length) this.#refuse(this.#lengthProblem(length))
  }

  #lengthProblem(length: number): HttpProblem {
    const field = shown(this.#rules.field)
    return invalidRequest(
      `expected ${length} bytes in field ${field}, as Content-Length or ${shown(`${this.#rules.field}_size`)} announced, and nothing after the file but CRLF, the closing boundary and CRLF`,
    )
  }
}
