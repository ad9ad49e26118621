import { randomUUID } from 'node:crypto'
import { type CropData, canonicalRecipe, type ResolvedCrop, recipeDigest, resolveCrop } from '@bucket-brigade/images'
import { type CropperContext, previewUrl, type StepOptions } from '../context.js'
import { CropperError } from '../errors.js'
import { privateAcl } from '../pointer/write-rules.js'
import { onImage } from '../session/image-errors.js'
import { putImmutable } from '../session/immutable-object.js'
import { avatarRecipe } from '../session/recipe.js'
import { renderPinned } from '../session/render-pinned.js'
import { describeStep, type SessionStep } from '../session/session.js'
import { requireRoomForPreview } from '../session/user-limits.js'
import type { CropTicket, PinnedOutput, SaveTicket } from '../tokens/token.js'
import { avatarIdOf, previewKey } from '../users/names.js'

/** The answer to a crop. */
export interface CroppedAvatar extends SessionStep {
  readonly step: 'save'
  /** The id that the avatar will have. */
  readonly avatarId: string
  /** What was understood: whole pixels inside the picture. */
  readonly crop: ResolvedCrop
  /** Edges that are larger than the crop, so that their pictures are enlarged. */
  readonly enlargedEdges: readonly number[]
  /** Signed URL of the cropped picture; undefined where the driver has no addresses (memory). */
  readonly preview: string | undefined
}

/**
 * Shows how the avatar will look. Always works on the original, so that one can go back and crop again.
 *
 * A crop that was made before gives the same preview; each answer opens a save of its own.
 */
export async function cropOriginal(
  context: CropperContext,
  token: string,
  data: CropData,
  { user, signal }: StepOptions,
): Promise<CroppedAvatar> {
  const ticket = await context.tokens.verify(token, ['crop'], user)
  const crop = await onImage(() => resolveCrop(ticket.original, data))
  checkSquare(crop)
  await requireRoomForPreview(context, ticket.user, signal)
  const preview = await storePreview(context, ticket, crop, signal)
  const { format, quality, extraFormats, edges } = context.settings
  const save = openSave(ticket, crop, { edges, format, quality, extraFormats }, preview)
  return {
    step: 'save',
    ...(await describeStep(context, save, preview)),
    avatarId: save.avatarId,
    crop,
    enlargedEdges: edges.filter((edge) => edge > Math.min(crop.width, crop.height)),
    preview: await previewUrl(context, preview),
  }
}

function openSave(ticket: CropTicket, crop: ResolvedCrop, output: PinnedOutput, preview: string): SaveTicket {
  const { box: _box, ...pinned } = crop
  const recipe = canonicalRecipe(avatarRecipe(pinned, output))
  return {
    ...ticket,
    step: 'save',
    operation: randomUUID(),
    croppedAt: Date.now(),
    crop: pinned,
    avatarId: avatarIdOf(`${recipe}\n${ticket.original.etag}`, ticket.session),
    output,
    preview,
  }
}

async function storePreview(
  context: CropperContext,
  ticket: CropTicket,
  crop: ResolvedCrop,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { settings, store } = context
  const { user, session, original } = ticket
  const edges = [settings.previewEdge]
  const recipe = avatarRecipe(crop, { edges, format: settings.format, quality: settings.quality, extraFormats: [] })
  const [image] = await renderPinned(context, ticket, recipe, signal)
  if (!image) throw new Error('renderImage made no picture')
  const { bytes, extension, type } = image
  const digest = recipeDigest(recipe, original.etag)
  const key = previewKey(user, session, digest.slice(0, 32), extension)
  await putImmutable(
    context,
    {
      key,
      bytes,
      contentType: type,
      cacheControl: 'private, max-age=7200, immutable',
      recipe: digest,
      acl: privateAcl(store),
    },
    signal,
  )
  return key
}

function checkSquare({ width, height }: ResolvedCrop): void {
  if (Math.abs(width - height) <= 1) return
  throw new CropperError(
    'invalid-request',
    `expected crop.width and crop.height to be equal within 1 pixel; received ${width} and ${height}`,
    { field: 'crop.height' },
  )
}
