import { type BucketStore, type HeadOptions, type KeyInput, type ObjectHead, StoreError } from '@bucket-brigade/core'

/** What the bucket says of an object; undefined where nothing is there. */
export async function headIfThere(
  store: BucketStore,
  key: KeyInput,
  options?: HeadOptions,
): Promise<ObjectHead | undefined> {
  try {
    return await store.head(key, options)
  } catch (error) {
    if (StoreError.is(error, 'not-found')) return undefined
    throw error
  }
}
