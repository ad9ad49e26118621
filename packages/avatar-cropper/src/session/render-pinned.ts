import { type ImageRecipe, type RenderedImage, renderImage } from '@bucket-brigade/images'
import type { CropperContext } from '../context.js'
import type { CropTicket } from '../tokens/token.js'
import { onImage } from './image-errors.js'
import { readPinned } from './original.js'

/**
 * Reads the original and makes all pictures of a recipe from one decoding.
 *
 * The original is read only when it is this picture's turn, so that those that wait take no memory.
 */
export async function renderPinned(
  context: CropperContext,
  { user, session, original }: Pick<CropTicket, 'user' | 'session' | 'original'>,
  recipe: ImageRecipe,
  signal: AbortSignal | undefined,
): Promise<RenderedImage[]> {
  const render = async () => {
    const bytes = await readPinned(context, original, signal)
    return onImage(() => renderImage(bytes, recipe, { ...context.settings.limits, signal }))
  }
  return context.renders.run({ user, session }, render, signal)
}
