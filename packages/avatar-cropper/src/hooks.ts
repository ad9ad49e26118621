import type { Readable } from 'node:stream'
import { show } from '@bucket-brigade/core'
import { anonymous, NOBODY, type SessionUser } from './anonymous.js'
import type { Avatar } from './avatar.js'
import type { CropperContext } from './context.js'
import { CropperError } from './errors.js'
import type { PinnedOriginal, SessionClaims } from './token.js'

/** A picture that passed this package's own checks. It lies in a private place, and no token for it is out yet. */
export interface ReceivedPicture {
  readonly user: SessionUser
  readonly session: string
  /** Media type, as the bytes say. */
  readonly type: string
  /** Pixels, as displayed. */
  readonly width: number
  readonly height: number
  /** Size of the file. */
  readonly bytes: number
  /** The file as it came. One request per call; read it to its end, or destroy it. */
  open(): Promise<Readable>
}

/** `refuse` is the application's own word for the reason, such as `virus-found`: lower case, digits and `-`. */
export type AcceptVerdict = 'accept' | { readonly refuse: string }

/** What every hook is handed. */
export interface HookOptions {
  /** Aborted when nobody waits for the answer any more, and after `hookTimeoutSeconds`. */
  readonly signal: AbortSignal
}

/** Decides whether a picture may be used, for example after a virus scan. May be asked again about the same picture. */
export type BeforeAccept = (picture: ReceivedPicture, options: HookOptions) => AcceptVerdict | Promise<AcceptVerdict>

/** Whose avatar was saved, and which. */
export interface SavedAvatar {
  readonly user: string
  readonly avatar: Avatar
}

/** Learns of a saved avatar. Called again for a save that is repeated, so that none is missed. */
export type OnSaved = (saved: SavedAvatar, options: HookOptions) => void | Promise<void>

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
