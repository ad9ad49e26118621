import { type Acl, type BucketStore, StoreError } from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { createMode } from '../pointer/write-rules.js'
import { headIfThere } from './head-if-there.js'
import { settledWrite } from './settled-write.js'

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
  const { size } = await settledWrite<{ readonly size: number }>({
    write: () => store.put(key, bytes, options),
    find: async (error) => {
      const found = await headIfThere(store, key, { signal })
      if (found && found.metadata[RECIPE_MARK] !== recipe) throw somethingElse(store, key, error)
      return found
    },
    attempts: MAX_ATTEMPTS,
  })
  return size
}

function somethingElse({ bucket }: BucketStore, key: string, cause: StoreError): StoreError {
  const message = `${key} holds something that was not made from this crop: is the layout unique?`
  return new StoreError('already-exists', message, { operation: 'put', bucket, key, cause })
}
