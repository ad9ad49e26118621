import { StoreError } from '@bucket-brigade/core'
import type { RenderedImage } from '@bucket-brigade/images'
import { type CropperContext, removeQuietly, type StepOptions } from '../context.js'
import { CropperError } from '../errors.js'
import { putImmutable } from '../immutable-object.js'
import { type AvatarObject, type AvatarRecord, applyRemove, applySave, recallSave } from '../pointer.js'
import { avatarRecipe } from '../recipe.js'
import { renderPinned } from '../render-pinned.js'
import type { SaveTicket } from '../token.js'

/**
 * Stores one picture per edge, then shows the avatar to everybody by swapping the pointer.
 *
 * A crash in between leaves objects that nobody sees, and that the next run with the same token finds and uses. The
 * pointer is read before anything is written, so that nothing that was removed is written again.
 */
export async function saveAvatar(
  context: CropperContext,
  token: string,
  { user, signal }: StepOptions,
): Promise<AvatarRecord> {
  const ticket = await context.tokens.verify(token, ['save'], user)
  const operation = { id: ticket.operation, avatarId: ticket.avatarId, issuedAt: ticket.croppedAt }
  const seen = await context.pointers.read(ticket.user, signal)
  const recalled = recallSave(seen.pointer, operation)
  if (recalled) return recalled
  const record = await storeRecord(context, ticket, signal)
  let first = false
  const saved = await context.pointers.change(
    ticket.user,
    (pointer) => {
      first = pointer.revision === 0
      return applySave(pointer, operation, record, Date.now())
    },
    { seen, signal },
  )
  if (first) await withdrawIfForgotten(context, ticket, saved)
  return saved
}

/**
 * A user's first pointer may also be one that `forget` has just deleted, together with these pictures. It deletes the
 * originals before that, so that the original tells.
 */
async function withdrawIfForgotten(context: CropperContext, ticket: SaveTicket, saved: AvatarRecord): Promise<void> {
  const { store, pointers } = context
  try {
    await store.head(ticket.original.key)
  } catch (cause) {
    if (!StoreError.is(cause, 'not-found')) throw cause
    const keys = await pointers.change(ticket.user, (pointer) => applyRemove(pointer, [saved.id], Date.now()))
    await removeQuietly(context, keys)
    throw new CropperError(
      'session-expired',
      'everything of this user was deleted meanwhile: upload the picture again',
      {
        cause,
      },
    )
  }
}

async function storeRecord(
  context: CropperContext,
  ticket: SaveTicket,
  signal: AbortSignal | undefined,
): Promise<AvatarRecord> {
  const recipe = avatarRecipe(ticket.crop, ticket.output)
  const images = await renderPinned(context, ticket.original, recipe, signal)
  const objects = await Promise.all(images.map((image) => storePicture(context, ticket, image, signal)))
  return { id: ticket.avatarId, savedAt: new Date().toISOString(), objects }
}

async function storePicture(
  context: CropperContext,
  { user, avatarId, startedAt }: SaveTicket,
  image: RenderedImage,
  signal: AbortSignal | undefined,
): Promise<AvatarObject> {
  const { store, settings } = context
  const { width: edge, extension, type, bytes } = image
  const key = settings.layout.key({ user, avatarId, edge, extension, issuedAt: new Date(startedAt * 1000) })
  const size = await putImmutable(
    context,
    {
      key,
      bytes,
      contentType: type,
      cacheControl: `${store.visibility === 'public' ? 'public' : 'private'}, max-age=31536000, immutable`,
      recipe: `${avatarId}-${edge}`,
      acl: store.acl,
    },
    signal,
  )
  return { edge, key, type, bytes: size }
}
