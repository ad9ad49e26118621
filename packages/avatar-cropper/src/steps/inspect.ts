import type { CropData } from '@bucket-brigade/images'
import type { CropperContext, StepOptions } from '../context.js'
import { checkPinned } from '../session/original.js'
import { describeOriginal, previewOf, type UploadedOriginal } from '../session/session.js'
import { fileOf } from '../tokens/token.js'

/** Where a session stands: what a page needs to show it again. */
export interface SessionState {
  readonly session: string
  readonly step: 'crop' | 'save'
  readonly original: UploadedOriginal['original']
  /** What was cropped, in whole pixels of the mirrored and turned picture; undefined before. */
  readonly crop: Required<CropData> | undefined
  readonly preview: string | undefined
  readonly relativePath: string
  readonly deadline: Date
}

/** Looks first whether the original is still there: nothing could be done with an address of what is gone. */
export async function inspectSession(
  context: CropperContext,
  token: string,
  { user, signal }: StepOptions,
): Promise<SessionState> {
  const ticket = await context.tokens.verify(token, ['crop', 'save'], user)
  await checkPinned(context, ticket.original, signal)
  return {
    session: ticket.session,
    step: ticket.step,
    original: describeOriginal(ticket.original),
    crop: ticket.step === 'save' ? ticket.crop : undefined,
    preview: await previewOf(context, ticket),
    relativePath: context.store.relativePath(fileOf(ticket)),
    deadline: new Date(ticket.deadline * 1000),
  }
}
