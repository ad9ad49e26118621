import type { ImageOutput, ImageRecipe } from '@bucket-brigade/images'
import type { PinnedCrop, PinnedOutput } from './token.js'

/** One square picture per edge, all from the same crop. */
export function avatarRecipe(
  { x, y, width, height, rotate, scaleX, scaleY }: PinnedCrop,
  { edges, format, quality }: PinnedOutput,
): ImageRecipe {
  return {
    crop: { x, y, width, height, rotate, scaleX, scaleY },
    outputs: edges.map((edge): ImageOutput => ({ width: edge, height: edge, format, quality })),
  }
}
