import type { IncomingHttpHeaders } from 'node:http'
import type { ObjectHead } from '@bucket-brigade/core'

type Validators = Pick<ObjectHead, 'etag' | 'lastModified'>

/**
 * What the conditions of a GET or HEAD come to, in the order of RFC 9110, section 13.2.2.
 *
 * @returns 304 where the client has it already, 412 where it wants another version, else undefined.
 */
export function evaluateConditions(headers: IncomingHttpHeaders, object: Validators): 304 | 412 | undefined {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  if (ifMatch !== undefined) {
    if (!namesTag(ifMatch, object.etag, sameStrongly)) return 412
  } else if (isNewer(object, headers['if-unmodified-since']) === true) return 412
  if (ifNoneMatch !== undefined) return namesTag(ifNoneMatch, object.etag, sameWeakly) ? 304 : undefined
  return isNewer(object, headers['if-modified-since']) === false ? 304 : undefined
}

/** A part of an object, or that what was asked for lies outside of it. */
export type RequestedRange = { readonly offset: number; readonly length: number } | 'unsatisfiable'

const RANGE = /^bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))$/i

/** The one range that a request asks for. Undefined for none, several or malformed ones: the whole object is sent. */
export function parseRange(headers: IncomingHttpHeaders, object: ObjectHead): RequestedRange | undefined {
  const match = RANGE.exec(headers.range?.trim() ?? '')
  if (match === null || !isSameVersion(headers['if-range'], object)) return undefined
  const { size } = object
  const [, first, last, suffix] = match
  if (first === undefined) {
    const length = Math.min(Number(suffix), size)
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length }
  }
  const offset = Number(first)
  const end = last === undefined || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== undefined && last !== '' && Number(last) < offset) return undefined
  return offset >= size ? 'unsatisfiable' : { offset, length: end - offset + 1 }
}

/** RFC 9110, section 13.1.5: a part of another version would be glued to what the client has. */
function isSameVersion(ifRange: string | string[] | undefined, object: Validators): boolean {
  if (ifRange === undefined) return true
  const validator = String(ifRange).trim()
  if (validator.endsWith('"')) return sameStrongly(validator, object.etag)
  return Date.parse(validator) === wholeSeconds(object.lastModified)
}

function namesTag(list: string, etag: string, same: (a: string, b: string) => boolean): boolean {
  if (list.trim() === '*') return true
  return (list.match(/(?:W\/)?"[^"]*"/g) ?? []).some((tag) => same(tag, etag))
}

function sameStrongly(a: string, b: string): boolean {
  return a === b && !a.startsWith('W/')
}

function sameWeakly(a: string, b: string): boolean {
  return a.replace(/^W\//, '') === b.replace(/^W\//, '')
}

/** Undefined where there is no date, or none that can be read. HTTP dates have no fractions of a second. */
function isNewer(object: Validators, date: string | undefined): boolean | undefined {
  const since = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(since) ? undefined : wholeSeconds(object.lastModified) > since
}

function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000
}
