import { Budget, type ImageLimits } from '../limits.js'
import { isCutOff } from './cut-off.js'
import { admitPieces } from './excess.js'
import { readHeadInfo } from './image-head.js'
import { admitFormat, corrupt, type ImageHeader, type ImageInfo, readHeader } from './image-header.js'

/**
 * Tells what a picture is and refuses what the limits do not allow, before a pixel is decoded.
 *
 * A file that was cut off is found here; damage inside the pixels is found by `renderImage`.
 *
 * @param bytes  The whole file.
 * @throws ImageError `image-unsupported`, `image-too-large`, `image-corrupt`, `image-timeout`
 * @throws RangeError for a limit that no picture could keep
 */
export async function inspectImage(bytes: Uint8Array, limits?: ImageLimits): Promise<ImageInfo> {
  const budget = new Budget(limits)
  budget.checkpoint()
  return (await inspectWithin(bytes, budget)).info
}

/** `inspectImage` as the first stage of longer work. */
export async function inspectWithin(bytes: Uint8Array, budget: Budget): Promise<ImageHeader> {
  const format = admitFormat(bytes, budget)
  admitPieces(bytes, format, budget)
  const header = await readHeader(bytes, format, budget)
  if (isCutOff(bytes, format)) throw corrupt(format)
  return header
}

/**
 * Does what `inspectImage` does with the first bytes of a file, where these are enough.
 *
 * They are not enough for an animation or a GIF, for a WebP with EXIF data, and for a picture whose metadata is longer than the
 * head. What is refused is refused from the head alone. Nothing is said about bytes after the head: a file that is cut
 * off there is found by `renderImage`.
 *
 * @param head        The first bytes; 64 KiB are enough for nearly every still picture.
 * @param totalBytes  Size of the whole file.
 * @returns `undefined` where the whole file has to be fetched for `inspectImage`.
 * @throws ImageError `image-unsupported`, `image-too-large`, `image-corrupt`, `image-timeout`
 * @throws RangeError for a limit that no picture could keep
 */
export async function inspectImageHead(
  head: Uint8Array,
  totalBytes: number,
  limits?: ImageLimits,
): Promise<ImageInfo | undefined> {
  if (!Number.isSafeInteger(totalBytes) || totalBytes < head.length)
    throw new RangeError(`expected totalBytes to be an integer of at least ${head.length}; received ${totalBytes}`)
  const budget = new Budget(limits)
  budget.checkpoint()
  if (head.length === totalBytes) return (await inspectWithin(head, budget)).info
  return await readHeadInfo(head, admitFormat(head, budget), budget)
}
