import { StoreError } from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { readWhole } from '../read-whole.js'
import type { PinnedOriginal } from '../tokens/token.js'

/**
 * The bytes that were inspected, and no others.
 *
 * @throws CropperError `session-expired` where they are gone, `original-changed` where others took their place
 */
export async function readPinned(
  { store }: CropperContext,
  original: Pick<PinnedOriginal, 'key' | 'etag'>,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  try {
    const { bytes } = await readWhole(() => store.get(original.key, { ifMatch: original.etag, signal }))
    return bytes
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
