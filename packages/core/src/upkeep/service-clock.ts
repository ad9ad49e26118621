import { randomBytes } from 'node:crypto'
import type { Cancellable } from '../contract/driver.js'
import type { BucketStore } from '../store/bucket-store.js'

/** An object that should be gone, and why it is still there. */
export interface ServiceClockLeftover {
  readonly key: string
  readonly cause: unknown
}

/** Whom to tell. */
export interface ServiceClockOptions extends Cancellable {
  /** Told where the object could not be removed: a missing right does not fail the reading. */
  readonly onLeftover?: ((leftover: ServiceClockLeftover) => void) | undefined
}

/** What time the service has: the one that it dates objects by. Writes one small object, and removes it. */
export async function readServiceClock(store: BucketStore, options: ServiceClockOptions = {}): Promise<Date> {
  const { signal, onLeftover } = options
  const key = `tmp/sweep/${randomBytes(16).toString('hex')}`
  const acl = store.acl === undefined ? 'none' : 'private'
  await store.put(key, 'what time is it?\n', { contentType: 'text/plain', acl, signal })
  try {
    return (await store.head(key, { signal })).lastModified
  } finally {
    // Without the signal: what was written is removed also by a sweep that is being stopped.
    await store.delete(key).catch((cause: unknown) => onLeftover?.({ key, cause }))
  }
}
