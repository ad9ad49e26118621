import { StoreError } from '@bucket-brigade/core'
import { UsageError } from '../errors.js'
import type { OptionSpec } from '../option-spec.js'
import { isPrefix, type Place } from './buckets.js'

/** For folders, which have no addresses by themselves. */
export const baseUrlOption: OptionSpec = {
  flags: '--base-url <url>',
  text: 'file: buckets: where diskObjects() answers; signs with BRIGADE_SECRETS',
}

/**
 * Makes an address of an object.
 *
 * @throws UsageError for a prefix, and for files of which nobody said where they are served
 */
export async function servedAddress(place: Place, make: () => Promise<string>): Promise<string> {
  if (isPrefix(place)) throw new UsageError('expected a key: one object has an address')
  try {
    return await make()
  } catch (error) {
    if (place.bucket.kind !== 'disk' || !StoreError.is(error, 'unsupported')) throw error
    throw new UsageError(
      'expected --base-url, where diskObjects() of the application answers, and for signed addresses its BRIGADE_SECRETS: files have no addresses by themselves',
    )
  }
}
