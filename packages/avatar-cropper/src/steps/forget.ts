import type { BucketStore, ObjectInfo } from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { applyForget, isBeingForgotten } from '../pointer/pointer.js'
import { headIfThere } from '../session/head-if-there.js'
import { RECIPE_MARK } from '../session/immutable-object.js'
import { NOBODY } from '../users/anonymous.js'
import { claimKey, sessionPrefix, temporaryPrefix } from '../users/names.js'

const MAX_ROUNDS = 10
const DELETES_AT_ONCE = 16

/**
 * Deletes everything that this package keeps of a person.
 *
 * The order matters: first no save may finish any more, then originals go, then pictures, then the pointer, which ends
 * it. One that was interrupted keeps refusing saves until it is repeated. Of several at once the last one to begin ends
 * it; one that finds it ended by another begins again, since by then the person may have, too. What others put beside the
 * pictures is left alone.
 */
export async function forgetUser(
  context: CropperContext,
  user: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (await forgetOnce(context, user, signal)) return
  }
  throw new CropperError('pointer-conflict', 'others kept forgetting this user at the same time: try again in a moment')
}

/** False where another one ended the protection before it was known which pictures are from before. */
async function forgetOnce(
  { store, pointers, settings }: CropperContext,
  user: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { result: named, seen } = await pointers.changeSeen(user, (pointer) => applyForget(pointer), { signal })
  for await (const { objects } of store.list(temporaryPrefix(user), { signal }).pages()) {
    // A mark goes after what it leads to. One that is written meanwhile stays, so that the next time finds the session.
    for (const session of claimedSessions(user, objects)) {
      await store.deletePrefix(sessionPrefix(NOBODY, session), { signal })
    }
    await deleteAll(store, objects, signal)
  }
  await deleteAll(store, named, signal)
  const pictures = await store.list(settings.layout.userPrefix(user), { signal }).toArray()
  const { pointer } = await pointers.read(user, signal)
  if (!isBeingForgotten(pointer) || pointer.lineage !== seen.pointer.lineage) return false
  for (const picture of pictures) {
    if (await isOurs(store, picture, signal)) await store.delete(picture, { signal })
  }
  await pointers.drop(user, seen, signal)
  return true
}

/** False also for what is gone by now: a save that was refused takes its own pictures away. */
async function isOurs(store: BucketStore, object: ObjectInfo, signal: AbortSignal | undefined): Promise<boolean> {
  const there = await headIfThere(store, object, { signal })
  return there !== undefined && RECIPE_MARK in there.metadata
}

/** Anonymous sessions that the user claimed: their originals lie below another prefix. */
function claimedSessions(user: string, objects: readonly ObjectInfo[]): readonly string[] {
  return objects.flatMap(({ key }) => {
    const session = SESSION.exec(key)?.groups?.session
    return session !== undefined && key === claimKey(user, session) ? [session] : []
  })
}

const SESSION = /\/(?<session>[0-9a-f]{32})\/claim$/

async function deleteAll(
  store: BucketStore,
  keys: readonly (string | ObjectInfo)[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let from = 0; from < keys.length; from += DELETES_AT_ONCE) {
    const some = keys.slice(from, from + DELETES_AT_ONCE)
    // None goes on once this has failed: whoever asked may close the store.
    const deleted = await Promise.allSettled(some.map((key) => store.delete(key, { signal })))
    for (const outcome of deleted) if (outcome.status === 'rejected') throw outcome.reason
  }
}
