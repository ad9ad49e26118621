import { DriverError, show } from '../errors.js'

/** S3 allows at most this many bytes of UTF-8 in a key. */
export const MAX_KEY_BYTES = 1024

const CONTROL = /[\p{Cc}\u{FFFE}\u{FFFF}]/u

/**
 * Parses a key or a relative path (`/uploads/leo.jpg`) into a key (`uploads/leo.jpg`).
 *
 * The result is NFC, at most 1024 bytes of UTF-8, has no empty, `.` or `..` segment, no backslash and no control
 * character. Exactly one leading slash is dropped. Nothing after this point checks a key again.
 *
 * @throws DriverError `invalid-key`
 */
export function parseKey(input: string): string {
  if (typeof input !== 'string') throw refuse('a key must be a string', input)
  const key = stripOneSlash(input.normalize('NFC'))
  if (key === '') throw refuse('a key must not be empty', input)
  checkSegments(key.split('/'), input)
  return key
}

/**
 * Parses a prefix: empty for the whole bucket, else like a key that ends in `/`.
 *
 * The final slash is required, so that `users/1/` can never match `users/10/`.
 *
 * @throws DriverError `invalid-key`
 */
export function parsePrefix(input: string): string {
  if (typeof input !== 'string') throw refuse('a prefix must be a string', input)
  const prefix = stripOneSlash(input.normalize('NFC'))
  if (prefix === '') return prefix
  if (!prefix.endsWith('/')) throw refuse(`a prefix must end in "/" (write ${show(`${input}/`)})`, input)
  checkSegments(prefix.slice(0, -1).split('/'), input)
  return prefix
}

function stripOneSlash(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path
}

function checkSegments(segments: string[], input: string): void {
  for (const segment of segments) {
    if (segment === '') throw refuse('a key must not have empty segments ("//", or a "/" at its end)', input)
    if (segment === '.' || segment === '..') throw refuse('a key must not have "." or ".." segments', input)
  }
  if (input.includes('\\')) throw refuse('a key must not hold backslashes', input)
  if (CONTROL.test(input) || !input.isWellFormed()) throw refuse('a key must not hold control characters', input)
  const bytes = Buffer.byteLength(segments.join('/'))
  if (bytes > MAX_KEY_BYTES)
    throw refuse(`a key must have at most ${MAX_KEY_BYTES} bytes of UTF-8, not ${bytes}`, input)
}

function refuse(expected: string, input: unknown): DriverError {
  return new DriverError('invalid-key', `${expected}; received ${show(input)}`)
}

/**
 * A key with its store's prefix before it.
 *
 * @throws DriverError `invalid-key` where both together are longer than a key may be
 */
export function joinKey(prefix: string, key: string): string {
  const bytes = Buffer.byteLength(prefix) + Buffer.byteLength(key)
  if (bytes > MAX_KEY_BYTES) {
    throw refuse(`a key and its store's prefix must have at most ${MAX_KEY_BYTES} bytes of UTF-8, not ${bytes}`, key)
  }
  return prefix + key
}

/** Percent-encodes each segment of a key once (RFC 3986), for a URL path. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeSegment).join('/')
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
