import { Readable } from 'node:stream'
import { show } from '@bucket-brigade/core'
import type { HttpProblem } from '../problems/http-problem.js'
import { fileTooLarge, invalidRequest } from './form-problems.js'

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
  readonly #rules: ArrivingFileRules
  #seen = 0
  #onWanted: (() => void) | undefined

  constructor(rules: ArrivingFileRules) {
    super({ highWaterMark: 64 * 1024 })
    this.#rules = rules
    // The failure is reported by receiveForm even where nobody listens here.
    this.on('error', () => {})
  }

  /**
   * Adds bytes; resolves once more are wanted, or dropped.
   *
   * @throws HttpProblem `file-too-large`, `invalid-request`
   */
  async add(bytes: Buffer): Promise<void> {
    this.#seen += bytes.length
    const { field, length, maxBytes } = this.#rules
    if (this.#seen > maxBytes) throw fileTooLarge(field, maxBytes)
    if (length !== undefined && this.#seen > length) throw this.#lengthProblem(length)
    if (this.destroyed || this.push(bytes)) return
    await new Promise<void>((resolve) => {
      this.#onWanted = resolve
    })
  }

  /** All bytes were taken. @throws HttpProblem `invalid-request` where fewer came than announced */
  complete(): void {
    const { length } = this.#rules
    if (length !== undefined && this.#seen !== length) throw this.#lengthProblem(length)
  }

  /** The form is sound and this file complete: lets the end through. */
  prove(): void {
    if (!this.destroyed) this.push(null)
  }

  override _read(): void {
    this.#onWanted?.()
    this.#onWanted = undefined
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this._read()
    done(error)
  }

  #lengthProblem(length: number): HttpProblem {
    const { field } = this.#rules
    return invalidRequest(
      `expected ${length} bytes in field ${show(field)}, as Content-Length or ${show(`${field}_size`)} announced, and nothing after the file but CRLF, the closing boundary and CRLF`,
    )
  }
}
