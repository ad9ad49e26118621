import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { privateAcl } from '../pointer/write-rules.js'
import { putImmutable } from '../session/immutable-object.js'
import {
  describeOriginal,
  describeStep,
  previewOf,
  type SessionStep,
  type UploadedOriginal,
} from '../session/session.js'
import { belongsToAnother, fileOf } from '../tokens/token.js'
import { holderOf, NOBODY, type SessionUser } from '../users/anonymous.js'
import { claimKey } from '../users/names.js'

/** An anonymous session that belongs to a user now. */
export interface ClaimedSession extends SessionStep {
  readonly step: 'accept' | 'crop' | 'save'
  /** The id that the avatar will have; undefined before it is cropped. */
  readonly avatarId: string | undefined
  /** Undefined before a direct upload is accepted. */
  readonly original: UploadedOriginal['original'] | undefined
  /** Signed URL of what there is to see; undefined where there is nothing, or the driver has no addresses (memory). */
  readonly preview: string | undefined
}

/**
 * Turns an anonymous session's token into the user's. Whoever holds the token may do so; a repeat gives the same token.
 *
 * The original stays where it is. What is written is a mark below the user's own prefix, by which `forget` finds it.
 */
export async function claimSession(
  context: CropperContext,
  token: string,
  user: string,
  signal: AbortSignal | undefined,
): Promise<ClaimedSession> {
  const holder = claimant(user)
  const ticket = await context.tokens.verify(token, ['accept', 'crop', 'save'], undefined)
  if (ticket.user !== NOBODY && ticket.user !== holder) throw belongsToAnother()
  if (ticket.user === NOBODY) await markClaimed(context, holder, ticket.session, signal)
  const step = await describeStep(context, { ...ticket, user: holder }, fileOf(ticket))
  if (ticket.step === 'accept') {
    return { step: ticket.step, ...step, avatarId: undefined, original: undefined, preview: undefined }
  }
  return {
    step: ticket.step,
    ...step,
    avatarId: ticket.step === 'save' ? ticket.avatarId : undefined,
    original: describeOriginal(ticket.original),
    preview: await previewOf(context, ticket),
  }
}

function claimant(user: SessionUser): string {
  const holder = holderOf(user)
  if (holder !== NOBODY) return holder
  throw new CropperError('invalid-request', 'expected the id of the user who claims the session; received anonymous')
}

async function markClaimed(
  context: CropperContext,
  user: string,
  session: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const mark = {
    key: claimKey(user, session),
    bytes: Buffer.from('claimed\n'),
    contentType: 'text/plain',
    cacheControl: 'private, no-store',
    recipe: `claim-${session}`,
    acl: privateAcl(context.store),
  }
  await putImmutable(context, mark, signal)
}
