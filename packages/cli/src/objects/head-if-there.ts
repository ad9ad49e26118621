import { type BucketStore, type ObjectInfo, StoreError } from '@bucket-brigade/core'

/** Undefined where there is no such object. */
export async function headIfThere(
  store: BucketStore,
  key: string,
  signal: AbortSignal,
): Promise<ObjectInfo | undefined> {
  try {
    return await store.head(key, { signal })
  } catch (error) {
    if (StoreError.is(error, 'not-found')) return undefined
    throw error
  }
}
