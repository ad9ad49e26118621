import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { NOBODY } from '../users/anonymous.js'
import { temporaryPrefix } from '../users/names.js'

/** A file that lies in the bucket already. Only what came before it counts. */
export interface ArrivedFile {
  readonly session: string
  readonly at: Date
}

/**
 * Refuses a file that is too much for one user. Costs one listing request per 1000 objects, and none where no limit is
 * set.
 *
 * Requests at the same moment do not see each other, so that a few may pass together. Anonymous sessions are not
 * counted, as nobody knows whose they are.
 *
 * @throws CropperError `too-many-sessions`, `too-many-bytes`
 */
export async function requireRoomForFile(
  context: CropperContext,
  user: string,
  file: { readonly bytes: number; readonly arrived?: ArrivedFile },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { openSessions, temporaryBytes } = context.settings.userLimits
  if (user === NOBODY || (openSessions === undefined && temporaryBytes === undefined)) return
  const open = await countOpen(context, user, file.arrived, signal)
  const { sessions } = open
  if (openSessions !== undefined && sessions.length >= openSessions) {
    const until = sessions[sessions.length - openSessions]
    throw tooMany('too-many-sessions', `at most ${openSessions} uploads in progress`, openSessions, until)
  }
  requireBytes(context, open, file.bytes)
}

/**
 * Refuses a preview where the user's bytes are used up. Costs as much as `requireRoomForFile`.
 *
 * @throws CropperError `too-many-bytes`
 */
export async function requireRoomForPreview(
  context: CropperContext,
  user: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (user === NOBODY || context.settings.userLimits.temporaryBytes === undefined) return
  requireBytes(context, await countOpen(context, user, undefined, signal), 0)
}

function requireBytes({ settings }: CropperContext, { bytes, expiries }: OpenObjects, more: number): void {
  const { temporaryBytes } = settings.userLimits
  if (temporaryBytes === undefined || bytes + more <= temporaryBytes) return
  throw tooMany('too-many-bytes', `at most ${temporaryBytes} bytes of uploads in progress`, temporaryBytes, expiries[0])
}

interface OpenObjects {
  /** When each session ends, in milliseconds since 1970; soonest first. */
  readonly sessions: readonly number[]
  readonly bytes: number
  /** When each object ceases to count; soonest first. */
  readonly expiries: readonly number[]
}

async function countOpen(
  { store, settings }: CropperContext,
  user: string,
  arrived: ArrivedFile | undefined,
  signal: AbortSignal | undefined,
): Promise<OpenObjects> {
  const prefix = temporaryPrefix(user)
  const now = Date.now()
  const sessions: number[] = []
  const expiries: number[] = []
  let bytes = 0
  for await (const { key, size, lastModified } of store.list(prefix, { signal })) {
    const [session = '', name] = key.slice(prefix.length).split('/')
    const expiry = lastModified.getTime() + settings.sessionSeconds * 1000
    if (expiry <= now || (arrived && !isBefore(session, lastModified, arrived))) continue
    bytes += size
    expiries.push(expiry)
    if (name === 'original' || name === 'claim') sessions.push(expiry)
  }
  const soonestFirst = (a: number, b: number) => a - b
  return { sessions: sessions.sort(soonestFirst), bytes, expiries: expiries.sort(soonestFirst) }
}

/** So that of two that arrive together one passes, and the same one again when it is asked again. */
function isBefore(session: string, lastModified: Date, arrived: ArrivedFile): boolean {
  const difference = lastModified.getTime() - arrived.at.getTime()
  return session !== arrived.session && (difference < 0 || (difference === 0 && session < arrived.session))
}

function tooMany(
  code: 'too-many-sessions' | 'too-many-bytes',
  expected: string,
  limit: number,
  when = Date.now(),
): CropperError {
  const retryAfterSeconds = Math.max(1, Math.ceil((when - Date.now()) / 1000))
  const message = `expected ${expected} per user; there are more: save or wait for ${retryAfterSeconds} seconds`
  return new CropperError(code, message, { parameters: { limit, retryAfterSeconds } })
}
