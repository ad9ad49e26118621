import type { Acl, ByteRange, WriteMode } from '../contract/driver.js'
import { DriverError, show } from '../errors.js'

export const MIN_PART_BYTES = 5 * 1024 ** 2
export const DEFAULT_PART_BYTES = 8 * 1024 ** 2
const MAX_PART_BYTES = 5 * 1024 ** 3
const MAX_EXPIRY_SECONDS = 604_800
const ACLS: readonly (Acl | 'none')[] = [
  'private',
  'public-read',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'none',
]

export function checkInteger(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new DriverError(
      'invalid-argument',
      `expected ${name} to be an integer from ${min} to ${max}; received ${show(value)}`,
    )
  }
  return value
}

/** A time, which may have a fraction. */
export function checkSeconds(name: string, seconds: number, max: number): number {
  if (typeof seconds === 'number' && seconds > 0 && seconds <= max) return seconds
  throw new DriverError(
    'invalid-argument',
    `expected ${name} to be a number above 0 and at most ${max}; received ${show(seconds)}`,
  )
}

/** One of a few words. */
export function checkOneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  const words = allowed.map((word) => show(word)).join(', ')
  throw new DriverError('invalid-argument', `expected ${name} to be one of ${words}; received ${show(value)}`)
}

export function checkAcl(acl: Acl | 'none' | undefined): Acl | 'none' | undefined {
  return acl === undefined ? undefined : checkOneOf('acl', acl, ACLS)
}

export function checkEtag<T extends string | undefined>(name: string, etag: T): T {
  if (etag === undefined || (typeof etag === 'string' && /^[\x21-\x7e]+$/.test(etag))) return etag
  throw new DriverError(
    'invalid-argument',
    `expected ${name} to be an ETag as the store gave it; received ${show(etag)}`,
  )
}

export function checkHeader<T extends string | undefined>(name: string, value: T): T {
  if (value === undefined || (typeof value === 'string' && /^[\x20-\x7e]+$/.test(value))) return value
  const cure = name.endsWith('isposition') ? " (a file name with other characters goes into filename*=UTF-8'')" : ''
  throw new DriverError('invalid-argument', `expected ${name} to be printable ASCII${cure}; received ${show(value)}`)
}

/** Services add a query to the address, and some do so with a second `?`: it has none of its own. */
export function checkRedirect<T extends string | undefined>(name: string, value: T): T {
  if (value === undefined) return value
  const url = checkHeader(name, value) && URL.canParse(value) ? new URL(value) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username + url.password === '' && !/[?#]/.test(value)) return value
  throw new DriverError(
    'invalid-argument',
    `expected ${name} to be an absolute http or https URL without user, password, query and fragment; received ` +
      (url ? 'another URL' : show(value)),
  )
}

export function checkExpiry(seconds = 300): number {
  return checkInteger('expiresInSeconds', seconds, 1, MAX_EXPIRY_SECONDS)
}

export function checkConcurrency(requests: number): number {
  return checkInteger('concurrency', requests, 1, 64)
}

export function checkPartSize(bytes = DEFAULT_PART_BYTES): number {
  return checkInteger('partSizeInBytes', bytes, MIN_PART_BYTES, MAX_PART_BYTES)
}

export function checkMd5(md5: string | undefined): string | undefined {
  if (md5 !== undefined && !/^[0-9a-f]{32}$/.test(md5)) {
    throw new DriverError('invalid-argument', `expected md5 to be 32 lower-case hex digits; received ${show(md5)}`)
  }
  return md5
}

export function checkRange(range: ByteRange | undefined): ByteRange | undefined {
  if (range === undefined) return undefined
  if ('suffix' in range) return { suffix: checkInteger('range.suffix', range.suffix, 1, Number.MAX_SAFE_INTEGER) }
  const offset = checkInteger('range.offset', range.offset, 0, Number.MAX_SAFE_INTEGER)
  if (range.length === undefined) return { offset }
  return { offset, length: checkInteger('range.length', range.length, 0, Number.MAX_SAFE_INTEGER) }
}

export function checkMode(mode: WriteMode | undefined): WriteMode {
  if (mode === undefined || mode === 'overwrite' || mode === 'create') return mode ?? 'overwrite'
  if (typeof mode === 'object' && mode !== null) {
    const ifMatch = checkEtag('mode.ifMatch', mode.ifMatch)
    if (ifMatch !== undefined) return { ifMatch }
  }
  throw new DriverError(
    'invalid-argument',
    `expected mode to be "overwrite", "create" or { ifMatch: etag }; received ${show(mode)}`,
  )
}
