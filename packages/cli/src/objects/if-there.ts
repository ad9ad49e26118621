import { type BucketStore, type ObjectInfo, StoreError } from '@bucket-brigade/core'

/** What was asked of an object; undefined where there is no such object. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (StoreError.is(error, 'not-found')) return undefined
    throw error
  }
}

export function headIfThere(store: BucketStore, key: string, signal: AbortSignal): Promise<ObjectInfo | undefined> {
  return ifThere(store.head(key, { signal }))
}
