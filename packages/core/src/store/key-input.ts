import type { ObjectInfo } from '../contract/driver.js'
import { DriverError, show } from '../errors.js'
import { parseKey, parsePrefix } from '../keys/object-key.js'
import { isListed } from './listing.js'

/** A key, a relative path (`/uploads/leo.jpg`), or the entry that a listing gave. */
export type KeyInput = string | ObjectInfo

export function keyOf(input: KeyInput): string {
  if (typeof input === 'string') return parseKey(input)
  if (typeof input === 'object' && input !== null && isListed(input)) return input.key
  throw new DriverError(
    'invalid-key',
    `expected a key, or an entry of this store's listing as it came; received ${show(input)}`,
  )
}

/** Where a listing begins: after a key, or after a whole prefix. */
export function startAfterOf(input: KeyInput | undefined): string | undefined {
  if (input === undefined) return undefined
  return typeof input === 'string' && input.endsWith('/') ? parsePrefix(input) : keyOf(input)
}

/** What a message calls it, before it is known to be a key. */
export function describeKey(input: KeyInput): string {
  return typeof input === 'string' ? input : String(input?.key)
}
