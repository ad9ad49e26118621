import { bytesOf, nameAt, pngChunks, webpChunks } from './picture-bytes.js'

/** The bit of a WebP's features that says so. */
const WEBP_ANIMATION = 0x02

/** Whether a picture may move: every GIF, and what says of itself that it does. By content, as names and types may lie. */
export async function isAnimated(file: Blob): Promise<boolean> {
  const start = await bytesOf(file, 0, 12)
  if (nameAt(start, 0) === 'GIF8') return true
  if (nameAt(start, 4) === 'ftyp') return nameAt(start, 8) === 'avis'
  for await (const { name, at } of webpChunks(file)) {
    // The features come first, or there are none.
    return name === 'VP8X' && ((await bytesOf(file, at, 1)).getUint8(0) & WEBP_ANIMATION) !== 0
  }
  for await (const { name } of pngChunks(file)) {
    if (name === 'acTL') return true
    if (name === 'IDAT') return false
  }
  return false
}
