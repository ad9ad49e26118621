import { show } from '@bucket-brigade/core'
import { type CropperContext, removeQuietly } from '../context.js'
import { CropperError } from '../errors.js'
import { type Avatar, type AvatarList, describeAvatar, nearestPicture } from '../pointer/avatar.js'
import { applyPrune, applyRemove, applySelect, avatarsOf, type Pointer } from '../pointer/pointer.js'

/** What was taken away, and what of it the rights did not allow to delete. */
export interface RemovedAvatars {
  readonly removed: readonly string[]
  /** Keys that nothing shows any more, but that are still in the bucket. */
  readonly leftovers: readonly string[]
}

export async function listAvatars(
  { store, pointers }: CropperContext,
  user: string,
  signal: AbortSignal | undefined,
): Promise<AvatarList> {
  const { pointer } = await pointers.read(user, signal)
  const avatars = await Promise.all(avatarsOf(pointer).map((record) => describeAvatar(store, record)))
  return { current: pointer.current ? avatars[0] : undefined, avatars }
}

export async function currentUrl(
  { store, pointers }: CropperContext,
  user: string,
  edge: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { current } = (await pointers.read(user, signal)).pointer
  const key = current ? nearestPicture(current, edge) : undefined
  return key === undefined ? undefined : store.url(key)
}

export async function selectAvatar(
  { store, pointers }: CropperContext,
  user: string,
  avatarId: string,
  signal: AbortSignal | undefined,
): Promise<Avatar> {
  const record = await pointers.change(user, (pointer) => applySelect(pointer, avatarId, Date.now()), { signal })
  return describeAvatar(store, record)
}

/** The pointer first: nobody is shown what is about to go. */
export async function removeAvatar(
  context: CropperContext,
  user: string,
  avatarId: string,
  signal: AbortSignal | undefined,
): Promise<RemovedAvatars> {
  const bury = (pointer: Pointer) => applyRemove(pointer, [avatarId], Date.now())
  const keys = await context.pointers.change(user, bury, { signal })
  return { removed: [avatarId], leftovers: await removeQuietly(context, keys) }
}

export async function pruneAvatars(
  context: CropperContext,
  user: string,
  keep: number,
  signal: AbortSignal | undefined,
): Promise<RemovedAvatars> {
  if (!Number.isInteger(keep) || keep < 0) {
    throw new CropperError('invalid-request', `expected keep to be an integer from 0; received ${show(keep)}`)
  }
  let attempted: readonly string[] = []
  const { avatarIds, keys } = await context.pointers.change(
    user,
    (pointer) => {
      const transition = applyPrune(pointer, keep, attempted, Date.now())
      attempted = transition.result.avatarIds
      return transition
    },
    { signal },
  )
  return { removed: avatarIds, leftovers: await removeQuietly(context, keys) }
}
