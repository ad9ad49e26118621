import { show } from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import type { ReceivedPicture, SavedAvatar } from '../settings/hooks.js'
import type { PinnedOriginal, SessionClaims } from '../tokens/token.js'
import { anonymous, NOBODY } from '../users/anonymous.js'

const REASON = /^[a-z][a-z0-9-]{0,63}$/

/**
 * Lets the application look at a picture before anybody may go on with it.
 *
 * @throws CropperError `refused`; `hook-failed` where the hook threw, took too long or gave no verdict
 */
export async function askBeforeAccept(
  { store, settings }: CropperContext,
  { user, session }: Pick<SessionClaims, 'user' | 'session'>,
  { key, etag, size, type, width, height }: PinnedOriginal,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { beforeAccept } = settings
  if (!beforeAccept) return
  const verdict = await runHook('beforeAccept', settings.hookTimeoutSeconds, signal, (hookSignal) => {
    const open = async () => (await store.get(key, { ifMatch: etag, signal: hookSignal })).body
    const holder = user === NOBODY ? anonymous : user
    const picture: ReceivedPicture = { user: holder, session, type, width, height, bytes: size, open }
    return beforeAccept(picture, { signal: hookSignal })
  })
  if (verdict === 'accept') return
  const reason: unknown = typeof verdict === 'object' && verdict !== null ? verdict.refuse : undefined
  if (typeof reason === 'string' && REASON.test(reason)) {
    throw new CropperError('refused', `this picture is not allowed here (${reason}): choose another one`, {
      field: 'file',
      parameters: { reason },
    })
  }
  throw hookFailed(
    'beforeAccept',
    new TypeError(
      `expected beforeAccept to give "accept", or { refuse } with a word of a-z, 0-9 and "-"; received ${show(reason ?? verdict)}`,
    ),
  )
}

/**
 * Tells the application of a save that has taken effect.
 *
 * @throws CropperError `hook-failed`: the avatar is saved all the same, and a repeat calls the hook again
 */
export async function tellSaved(
  { settings }: CropperContext,
  saved: SavedAvatar,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { onSaved } = settings
  if (!onSaved) return
  await runHook('onSaved', settings.hookTimeoutSeconds, signal, (hookSignal) => onSaved(saved, { signal: hookSignal }))
}

/** An abort by the caller passes as it is; everything else that goes wrong is the hook's. */
async function runHook<T>(
  name: string,
  timeoutSeconds: number,
  signal: AbortSignal | undefined,
  hook: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(tooSlow(name, timeoutSeconds)), timeoutSeconds * 1000)
  const either = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal
  const { promise: ended, reject } = rejection()
  const end = () => reject(either.reason)
  either.addEventListener('abort', end, { once: true })
  try {
    signal?.throwIfAborted()
    return await Promise.race([(async () => hook(either))(), ended])
  } catch (cause) {
    signal?.throwIfAborted()
    throw hookFailed(name, cause)
  } finally {
    clearTimeout(timer)
    either.removeEventListener('abort', end)
  }
}

/** Settled by rejection or not at all. */
function rejection(): { readonly promise: Promise<never>; readonly reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined
  const promise = new Promise<never>((_resolve, no) => {
    reject = no
  })
  return { promise, reject }
}

function tooSlow(name: string, seconds: number): Error {
  return new Error(`${name} took longer than ${seconds} seconds: raise hookTimeoutSeconds, or let it work faster`)
}

function hookFailed(name: string, cause: unknown): CropperError {
  const what = name === 'onSaved' ? 'the avatar is saved, but not everybody was told' : 'the picture was not checked'
  return new CropperError('hook-failed', `${what}, as a part of the application failed: try again in a moment`, {
    cause,
  })
}
