import { type BucketStore, type ObjectInfo, StoreError } from '@bucket-brigade/core'
import { NOBODY } from '../anonymous.js'
import type { CropperContext } from '../context.js'
import { RECIPE_MARK } from '../immutable-object.js'
import { claimKey, pointerKey, sessionPrefix, temporaryPrefix } from '../names.js'
import { applyForget } from '../pointer.js'

/**
 * Deletes everything that this package keeps of a person.
 *
 * The order matters: first no save may finish any more, then originals go, then pictures, then the pointer, which ends
 * it. One that was interrupted keeps refusing saves until it is repeated; two at once end each other's protection. What
 * others put beside the pictures is left alone.
 */
export async function forgetUser(
  { store, pointers, settings }: CropperContext,
  user: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const named = await pointers.change(user, (pointer) => applyForget(pointer), { signal })
  for (const session of await claimedSessions(store, user, signal)) {
    await store.deletePrefix(sessionPrefix(NOBODY, session), { signal })
  }
  await store.deletePrefix(temporaryPrefix(user), { signal })
  for (const key of named) await store.delete(key, { signal })
  for await (const object of store.list(settings.layout.userPrefix(user), { signal })) {
    if (await isOurs(store, object, signal)) await store.delete(object, { signal })
  }
  await store.delete(pointerKey(user), { signal })
}

/** False also for what is gone by now: a save that was refused takes its own pictures away. */
async function isOurs(store: BucketStore, object: ObjectInfo, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    const { metadata } = await store.head(object, { signal })
    return RECIPE_MARK in metadata
  } catch (error) {
    if (StoreError.is(error, 'not-found')) return false
    throw error
  }
}

/** Anonymous sessions that the user claimed: their originals lie below another prefix. */
async function claimedSessions(
  store: BucketStore,
  user: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const sessions: string[] = []
  for await (const { key } of store.list(temporaryPrefix(user), { signal })) {
    const session = SESSION.exec(key)?.groups?.session
    if (session !== undefined && key === claimKey(user, session)) sessions.push(session)
  }
  return sessions
}

const SESSION = /\/(?<session>[0-9a-f]{32})\/claim$/
