import { type ObjectLocation, parseKey } from '@bucket-brigade/core'
import { invalidRequest } from '../forms/form-problems.js'

/** What a request's path names: an object, or a bucket alone where `key` is empty. */
export interface ObjectAddress extends ObjectLocation {
  readonly query: URLSearchParams
}

/**
 * Reads `/<bucket>/<key>?<query>` as it came over the wire: each segment is decoded exactly once.
 *
 * Keys that were not written by this software may be in another Unicode normalisation, so they are checked but not
 * changed.
 *
 * @throws HttpProblem `invalid-request`
 */
export function parseAddress(url: string): ObjectAddress {
  const [path = '', ...queries] = url.split('?')
  const [bucket = '', ...segments] = path.split('/').slice(1).map(decodeSegment)
  const key = segments.join('/')
  if (bucket === '') throw invalidRequest('expected a path of bucket and key')
  if (key !== '' || segments.length > 1) checkKey(key)
  return { bucket, key, query: new URLSearchParams(queries.join('?')) }
}

function decodeSegment(segment: string): string {
  const decoded = decodeOnce(segment)
  if (decoded === undefined || decoded.includes('/')) {
    throw invalidRequest('expected each segment of the path to be percent-encoded once, as UTF-8 and without "/"')
  }
  return decoded
}

function decodeOnce(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function checkKey(key: string): void {
  try {
    if (!key.startsWith('/') && parseKey(key) !== '') return
  } catch (error) {
    throw invalidRequest('expected the path to be a valid key', error)
  }
  throw invalidRequest('expected a key without empty segments')
}
