import { show } from '@bucket-brigade/core'
import { invalidRequest } from './form-problems.js'

const MAX_NAME_LENGTH = 128
const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype'])
const DIGITS = /^(?:0|[1-9][0-9]{0,15})$/

/**
 * Checks the name of a part: flat, short, and nothing that turns into structure or a prototype further on.
 *
 * @throws HttpProblem `invalid-request`
 */
export function checkPartName(name: string | undefined): string {
  if (name === undefined || name === '') throw invalidRequest('expected every part of the form to have a name')
  if (name.length > MAX_NAME_LENGTH) {
    throw invalidRequest(`expected field names of at most ${MAX_NAME_LENGTH} characters; received ${show(name)}`)
  }
  if (/[[\]\p{Cc}]/u.test(name)) {
    throw invalidRequest(`expected field names without brackets and control characters; received ${show(name)}`)
  }
  if (FORBIDDEN_NAMES.has(name)) throw invalidRequest(`a field must not be named ${show(name)}`)
  return name
}

/** The fields of one form that are not files: each name once. */
export class FormFields {
  readonly #values = new Map<string, string>()

  get values(): ReadonlyMap<string, string> {
    return this.#values
  }

  /** @throws HttpProblem `invalid-request` where the name is there already */
  add(name: string, value: string): void {
    if (this.#values.has(name)) throw invalidRequest(`expected field ${show(name)} once; it came again`)
    this.#values.set(name, value)
  }

  /**
   * Bytes of the file that field `<name>_size` announces.
   *
   * @throws HttpProblem `invalid-request` where that is no number
   */
  announcedSize(fileField: string): number | undefined {
    const name = `${fileField}_size`
    const value = this.#values.get(name)
    if (value === undefined) return undefined
    if (!DIGITS.test(value)) {
      throw invalidRequest(`expected field ${show(name)} to be a number of bytes; received ${show(value)}`)
    }
    return Number(value)
  }
}

const MAX_FILENAME_LENGTH = 255

/** A file name to show: the part behind the last slash or backslash, without control and direction characters. */
export function cleanFilename(given: string): string {
  const base = given.toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const clean = base.replace(/[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu, '').trim()
  if (clean === '' || clean === '.' || clean === '..') return 'unnamed'
  return clean.slice(0, MAX_FILENAME_LENGTH).toWellFormed()
}
