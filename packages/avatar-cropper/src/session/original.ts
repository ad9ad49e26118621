import { StoreError } from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { readWhole } from '../read-whole.js'
import type { PinnedOriginal } from '../tokens/token.js'

type Pin = Pick<PinnedOriginal, 'key' | 'etag'>

/**
 * The bytes that were inspected, and no others.
 *
 * @throws CropperError `session-expired` where they are gone, `original-changed` where others took their place
 */
export async function readPinned(
  { store }: CropperContext,
  { key, etag }: Pin,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const { bytes } = await whileThere(() => readWhole(() => store.get(key, { ifMatch: etag, signal })))
  return bytes
}

/**
 * Looks whether they are still there.
 *
 * @throws CropperError `session-expired`, `original-changed`
 */
export async function checkPinned(
  { store }: CropperContext,
  { key, etag }: Pin,
  signal: AbortSignal | undefined,
): Promise<void> {
  await whileThere(() => store.head(key, { ifMatch: etag, signal }))
}

async function whileThere<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (StoreError.is(cause, 'not-found')) {
      throw new CropperError('session-expired', 'the uploaded picture is gone: upload it again', { cause })
    }
    if (StoreError.is(cause, 'precondition-failed')) {
      throw new CropperError('original-changed', 'the uploaded picture was replaced by another: upload it again', {
        cause,
      })
    }
    throw cause
  }
}
