import { type CropperContext, removeQuietly, type StepOptions } from '../context.js'

/**
 * Removes what has arrived of an upload, where the rights allow it. What arrives later, or must stay, is below `tmp/` and
 * expires.
 */
export async function abandonUpload(
  context: CropperContext,
  token: string,
  { user }: Pick<StepOptions, 'user'>,
): Promise<void> {
  const { announced } = await context.tokens.verify(token, ['accept'], user)
  await removeQuietly(context, [announced.key])
}
