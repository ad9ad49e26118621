import { holderOf, NOBODY, type SessionUser } from '../anonymous.js'
import { type CropperContext, previewUrl } from '../context.js'
import { CropperError } from '../errors.js'
import { putImmutable } from '../immutable-object.js'
import { claimKey } from '../names.js'
import { describeOriginal, describeStep, type SessionStep, type UploadedOriginal } from '../session.js'
import { belongsToAnother } from '../token.js'
import { privateAcl } from '../write-rules.js'

/** An anonymous session that belongs to a user now. */
export interface ClaimedSession extends SessionStep {
  readonly step: 'crop' | 'save'
  /** The id that the avatar will have; undefined before it is cropped. */
  readonly avatarId: string | undefined
  readonly original: UploadedOriginal['original']
  /** Signed URL of what there is to see; undefined where the driver has no addresses (memory). */
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
  const ticket = await context.tokens.verify(token, ['crop', 'save'], undefined)
  if (ticket.user !== NOBODY && ticket.user !== holder) throw belongsToAnother()
  if (ticket.user === NOBODY) await markClaimed(context, holder, ticket.session, signal)
  const key = ticket.step === 'save' ? ticket.preview : ticket.original.key
  return {
    step: ticket.step,
    ...(await describeStep(context, { ...ticket, user: holder }, key)),
    avatarId: ticket.step === 'save' ? ticket.avatarId : undefined,
    original: describeOriginal(ticket.original),
    preview: await previewUrl(context, key),
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
