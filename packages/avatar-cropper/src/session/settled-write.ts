import { StoreError } from '@bucket-brigade/core'

/** A write whose object nobody else writes, and how to tell that it is there. */
export interface SettledWrite<T> {
  readonly write: () => Promise<T>
  /** What lies at the key, where it is what was to be written; undefined where nothing is there. Rejects for anything else. */
  readonly find: (error: StoreError) => Promise<T | undefined>
  /** How often it may be written: once, where its bytes are gone with the first attempt. */
  readonly attempts: number
}

/**
 * Writes an object that is there as a whole or not at all. Where the answer was lost, or an earlier attempt arrived after
 * all, what lies at its key says whether it is done.
 */
export async function settledWrite<T>({ write, find, attempts }: SettledWrite<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      if (!StoreError.is(error, 'already-exists', 'outcome-unknown')) throw error
      const found = await find(error)
      if (found !== undefined) return found
      if (attempt >= attempts) throw error
    }
  }
}
