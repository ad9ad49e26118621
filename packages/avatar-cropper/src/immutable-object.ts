import { type Acl, type BucketStore, StoreError } from '@bucket-brigade/core'
import type { CropperContext } from './context.js'
import { createMode } from './write-rules.js'

/** An object whose key follows from its recipe: whoever writes it writes the same. */
export interface ImmutableObject {
  readonly key: string
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly cacheControl: string
  /** What it was made from. Kept in the metadata, to know one's own work again. */
  readonly recipe: string
  readonly acl: Acl | 'none' | undefined
}

/** Name of the metadata entry that marks what this package rendered. */
export const RECIPE_MARK = 'brigade-recipe'

const MAX_ATTEMPTS = 3

/**
 * Stores an object that is never overwritten. Where it is there already, from an earlier run or from another server,
 * its recipe says whether it is the same.
 *
 * @returns The size in bytes of what is stored now.
 * @throws StoreError `already-exists` where the key holds something else
 */
export async function putImmutable(
  { store, settings }: CropperContext,
  object: ImmutableObject,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { key, bytes, contentType, cacheControl, recipe, acl } = object
  const metadata = { [RECIPE_MARK]: recipe }
  const options = { contentType, cacheControl, metadata, acl, mode: createMode(settings), signal }
  for (let attempt = 1; ; attempt++) {
    try {
      const { size } = await store.put(key, bytes, options)
      return size
    } catch (error) {
      if (!StoreError.is(error, 'already-exists', 'outcome-unknown')) throw error
      const size = await sizeIfSame(store, object, error, signal)
      if (size !== undefined) return size
      if (attempt === MAX_ATTEMPTS) throw error
    }
  }
}

/** Undefined where nothing is there: then the write whose outcome was unknown did not take place, or not yet. */
async function sizeIfSame(
  store: BucketStore,
  { key, recipe }: ImmutableObject,
  error: StoreError,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  try {
    const { size, metadata } = await store.head(key, { signal })
    if (metadata[RECIPE_MARK] === recipe) return size
  } catch (headError) {
    if (StoreError.is(headError, 'not-found')) return undefined
    throw headError
  }
  throw new StoreError(
    'already-exists',
    `${key} holds something that was not made from this crop: is the layout unique?`,
    {
      operation: 'put',
      bucket: store.bucket,
      key,
      cause: error,
    },
  )
}
