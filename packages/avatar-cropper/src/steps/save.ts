import type { RenderedImage } from '@bucket-brigade/images'
import { type CropperContext, removeQuietly, type StepOptions } from '../context.js'
import { CropperError } from '../errors.js'
import {
  type AppliedOperation,
  type AvatarObject,
  type AvatarRecord,
  applySave,
  forgottenMeanwhile,
  isBeingForgotten,
  isBuried,
  recallSave,
  type Saving,
} from '../pointer/pointer.js'
import type { SeenPointer } from '../pointer/pointer-writer.js'
import { headIfThere } from '../session/head-if-there.js'
import { putImmutable } from '../session/immutable-object.js'
import { avatarRecipe } from '../session/recipe.js'
import { renderPinned } from '../session/render-pinned.js'
import type { SaveTicket } from '../tokens/token.js'
import { NOBODY, unclaimed } from '../users/anonymous.js'

/**
 * Stores one picture per edge, then shows the avatar to everybody by swapping the pointer.
 *
 * A crash in between leaves objects that nobody sees, and that the next run with the same token finds and uses. The
 * pointer is there before anything else is read or written, so that nothing that was removed is written again, and
 * nothing is shown to a user who was forgotten meanwhile.
 */
export async function saveAvatar(
  context: CropperContext,
  token: string,
  { user, signal }: StepOptions,
): Promise<{ readonly user: string; readonly record: AvatarRecord }> {
  const ticket = await context.tokens.verify(token, ['save'], user)
  if (ticket.user === NOBODY) throw unclaimed()
  return { user: ticket.user, record: await saveOnce(context, ticket, signal) }
}

async function saveOnce(
  context: CropperContext,
  ticket: SaveTicket,
  signal: AbortSignal | undefined,
): Promise<AvatarRecord> {
  const operation = { id: ticket.operation, avatarId: ticket.avatarId, issuedAt: ticket.croppedAt }
  const seen = await context.pointers.open(ticket.user, signal)
  const recalled = recallSave(seen.pointer, operation)
  if (recalled) return recalled
  const stored = await storeRecord(context, ticket, signal)
  const { record, unnamed } = await showSaved(context, ticket, { seen, operation, record: stored }, signal)
  // Where the last writer wins, an older list may come back, and name them again.
  if (context.settings.pointerWrites === 'compare-and-swap') await removeQuietly(context, unnamed)
  return record
}

/** What is about to be shown: stored already, on the ground of what was seen before. */
interface StoredSave {
  readonly seen: SeenPointer
  readonly operation: AppliedOperation
  readonly record: AvatarRecord
}

async function showSaved(
  context: CropperContext,
  ticket: SaveTicket,
  { seen, operation, record }: StoredSave,
  signal: AbortSignal | undefined,
): Promise<Saving> {
  let met = seen.pointer
  try {
    return await context.pointers.change(
      ticket.user,
      (pointer) => {
        met = pointer
        if (pointer.lineage !== seen.pointer.lineage) throw listDeleted()
        return applySave(pointer, operation, record, Date.now())
      },
      { seen, signal },
    )
  } catch (error) {
    if (!CropperError.is(error)) throw error
    const forgotten = met.lineage !== seen.pointer.lineage && (await isGone(context, ticket.original.key))
    if (forgotten || isBeingForgotten(met) || isBuried(met, record.id)) {
      const keys = record.objects.map(({ key }) => key)
      await removeQuietly(context, keys)
    }
    throw forgotten ? forgottenMeanwhile(error) : error
  }
}

/**
 * `forget` deletes originals before the pointer. Where the original is still there, somebody else deleted the pointer,
 * and another run may be about to show the same pictures.
 */
async function isGone({ store }: CropperContext, key: string): Promise<boolean> {
  return (await headIfThere(store, key)) === undefined
}

function listDeleted(): CropperError {
  return new CropperError('pointer-conflict', 'the list of avatars was deleted while this one was saved: save it again')
}

async function storeRecord(
  context: CropperContext,
  ticket: SaveTicket,
  signal: AbortSignal | undefined,
): Promise<AvatarRecord> {
  const recipe = avatarRecipe(ticket.crop, ticket.output)
  const images = await renderPinned(context, ticket, recipe, signal)
  const objects = await Promise.all(images.map((image) => storePicture(context, ticket, image, signal)))
  return { id: ticket.avatarId, savedAt: new Date().toISOString(), objects }
}

async function storePicture(
  context: CropperContext,
  { user, avatarId, croppedAt }: SaveTicket,
  image: RenderedImage,
  signal: AbortSignal | undefined,
): Promise<AvatarObject> {
  const { store, settings } = context
  const { width: edge, extension, type, bytes } = image
  const key = settings.layout.key({ user, avatarId, edge, extension, issuedAt: wholeSeconds(croppedAt) })
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

/** File names by time hold seconds. */
function wholeSeconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000)
}
