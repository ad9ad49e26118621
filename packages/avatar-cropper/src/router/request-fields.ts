import { show } from '@bucket-brigade/core'
import type { Request } from 'express'
import { CropperError } from '../errors.js'

/**
 * The fields of a request's body, JSON or form. Forms know only text, so that a number may come as text there, and
 * there alone.
 */
export class RequestFields {
  readonly #values: ReadonlyMap<string, unknown>
  readonly #fromForm: boolean

  /** @throws CropperError `invalid-request` where the body is neither an object of JSON nor a form */
  constructor(req: Request) {
    const body: unknown = req.body
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new CropperError(
        'invalid-request',
        `expected a body of JSON (an object) or a form; received ${show(req.headers['content-type'] ?? 'no body')}`,
      )
    }
    this.#values = new Map(Object.entries(body))
    this.#fromForm = Boolean(req.is('application/x-www-form-urlencoded'))
  }

  text(name: string): string {
    const value = this.#values.get(name)
    if (typeof value === 'string' && value !== '') return value
    throw this.#refusal(name, 'text', value)
  }

  optionalText(name: string): string | undefined {
    return this.#isAbsent(name) ? undefined : this.text(name)
  }

  /** Text of any meaning, absent or empty included. */
  shortText(name: string, maxCharacters: number): string {
    const value = this.#values.get(name) ?? ''
    if (typeof value === 'string' && value.length <= maxCharacters) return value
    throw this.#refusal(name, `text of at most ${maxCharacters} characters`, value)
  }

  number(name: string): number {
    const value = this.#values.get(name)
    const number = this.#fromForm && typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'number' && Number.isFinite(number)) return number
    throw this.#refusal(name, 'a number', value)
  }

  numberOr(name: string, otherwise: number): number {
    return this.#isAbsent(name) ? otherwise : this.number(name)
  }

  /** Browsers send the fields of a form that nobody filled in as empty text. */
  #isAbsent(name: string): boolean {
    const value = this.#values.get(name)
    return value === undefined || value === null || (this.#fromForm && value === '')
  }

  #refusal(field: string, expected: string, value: unknown): CropperError {
    const came = value === undefined ? 'nothing' : field === 'token' ? 'something else' : show(value)
    return new CropperError('invalid-request', `expected ${field} to be ${expected}; received ${came}`, { field })
  }
}
