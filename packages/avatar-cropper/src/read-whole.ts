import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { StoreError } from '@bucket-brigade/core'

const MAX_ATTEMPTS = 2

/**
 * What an object holds, in memory. Drivers repeat a request that got no answer, and no body that breaks off in the middle:
 * here nobody has seen any of it, so that it is asked for again.
 */
export async function readWhole<T extends { readonly body: Readable }>(
  open: () => Promise<T>,
): Promise<{ readonly object: T; readonly bytes: Buffer }> {
  for (let attempt = 1; ; attempt++) {
    const object = await open()
    try {
      return { object, bytes: await buffer(object.body) }
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !StoreError.is(error, 'unavailable')) throw error
    }
  }
}
