import { type CropperContext, previewUrl } from '../context.js'
import { fileOf, type PinnedOriginal, type SessionClaims, type Ticket } from '../tokens/token.js'
import { holderOf, type SessionUser } from '../users/anonymous.js'
import { newSession, originalKey } from '../users/names.js'

/** A session that begins now, with the one deadline that all its steps share. */
export function beginSession(
  { settings }: CropperContext,
  sessionUser: SessionUser,
): SessionClaims & { readonly key: string } {
  const user = holderOf(sessionUser)
  const session = newSession()
  const startedAt = Math.floor(Date.now() / 1000)
  return {
    user,
    session,
    startedAt,
    deadline: startedAt + settings.sessionSeconds,
    key: originalKey(user, session),
  }
}

/** A session in the middle: hand `token` to the next step, on whichever server. */
export interface SessionStep {
  readonly token: string
  /** Names the session. No secret, and no right to anything. */
  readonly session: string
  /** When the token ends, in any step. */
  readonly deadline: Date
  /** Where the file of this step is, as forms carry it. A label: the token decides. */
  readonly relativePath: string
}

/** The answer to an upload. */
export interface UploadedOriginal extends SessionStep {
  readonly step: 'crop'
  readonly original: {
    /** Pixels, as displayed. */
    readonly width: number
    readonly height: number
    /** Media type, as the bytes say. */
    readonly type: string
    readonly bytes: number
  }
  /** Signed URL of the original; undefined where the driver has no addresses (memory). */
  readonly preview: string | undefined
}

export function describeOriginal({ width, height, type, size }: PinnedOriginal): UploadedOriginal['original'] {
  return { width, height, type, bytes: size }
}

/** The answer that leads to the crop. The same original in the same session gives the same token. */
export async function openCrop(
  context: CropperContext,
  session: SessionClaims,
  original: PinnedOriginal,
): Promise<UploadedOriginal> {
  return {
    step: 'crop',
    ...(await describeStep(context, { ...session, step: 'crop', original }, original.key)),
    original: describeOriginal(original),
    preview: await previewUrl(context, original.key, original.type),
  }
}

/** What there is to see in the middle of a session: the original, or the crop. */
export function previewOf(
  context: CropperContext,
  ticket: Exclude<Ticket, { readonly step: 'accept' }>,
): Promise<string | undefined> {
  return previewUrl(context, fileOf(ticket), ticket.step === 'crop' ? ticket.original.type : undefined)
}

/** What every answer says: the token for the next step, and where this one's file is. */
export async function describeStep(
  { tokens, store }: CropperContext,
  ticket: Ticket,
  key: string,
): Promise<SessionStep> {
  return {
    token: await tokens.sign(ticket),
    session: ticket.session,
    deadline: new Date(ticket.deadline * 1000),
    relativePath: store.relativePath(key),
  }
}
