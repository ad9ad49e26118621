import { type ImageInfo, inspectImage } from '@bucket-brigade/images'
import type { CropperContext } from '../context.js'
import { onImage } from './image-errors.js'
import { readPinned } from './original.js'

/** A file of a user's that lies in the bucket, pinned. */
export interface StoredFile {
  readonly user: string
  readonly session: string
  readonly key: string
  readonly etag: string
}

/**
 * Tells what a picture is whose head does not, such as an animation.
 *
 * It is read as a whole, when it is its turn: those that wait, or are still arriving, take no memory.
 */
export async function inspectStored(
  context: CropperContext,
  stored: StoredFile,
  signal: AbortSignal | undefined,
): Promise<ImageInfo> {
  const inspect = async () => {
    const bytes = await readPinned(context, stored, signal)
    return onImage(() => inspectImage(bytes, { ...context.settings.limits, signal }))
  }
  return context.renders.run(stored, inspect, signal)
}
