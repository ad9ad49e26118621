import type { ImageOutput, ImageRecipe } from '@bucket-brigade/images'
import type { PinnedCrop, PinnedOutput } from '../tokens/token.js'

/** One square picture per edge and format, all from the same crop; those of the main format come first. */
export function avatarRecipe(
  { x, y, width, height, rotate, scaleX, scaleY }: PinnedCrop,
  { edges, format, quality, extraFormats }: PinnedOutput,
): ImageRecipe {
  return {
    crop: { x, y, width, height, rotate, scaleX, scaleY },
    outputs: [
      ...edges.map((edge): ImageOutput => ({ width: edge, height: edge, format, quality })),
      ...extraFormats.flatMap((extra) => edges.map((edge) => ({ width: edge, height: edge, format: extra }))),
    ],
  }
}
