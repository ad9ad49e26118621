import { type PresignedUpload, show } from '@bucket-brigade/core'
import { mediaType } from '@bucket-brigade/images'
import type { CropperContext, StepOptions } from '../context.js'
import { CropperError } from '../errors.js'
import { presignOriginal } from '../session/presign-original.js'
import { beginSession, describeStep, type SessionStep } from '../session/session.js'
import { tooLarge } from '../session/upload-source.js'
import { requireRoomForFile } from '../session/user-limits.js'
import type { AcceptTicket } from '../tokens/token.js'
import type { SessionUser } from '../users/anonymous.js'

/** What a browser says about the file that it is about to upload. Nothing of it is believed later. */
export interface AnnouncedFile {
  /** Media type. */
  readonly type: string
  readonly bytes: number
}

/** An upload that the browser does itself, straight to the bucket. */
export interface OfferedUpload extends SessionStep {
  readonly step: 'accept'
  readonly upload: PresignedUpload
}

/** Offers a place for one file of this size and type. Nothing is written; only limits per user take a request. */
export async function offerUpload(
  context: CropperContext,
  user: SessionUser,
  announced: AnnouncedFile,
): Promise<OfferedUpload> {
  const { type, bytes } = checkAnnounced(context, announced)
  const { key, ...session } = beginSession(context, user)
  await requireRoomForFile(context, session.user, { bytes }, undefined)
  const ticket: AcceptTicket = { ...session, step: 'accept', announced: { key, type, bytes } }
  const upload = await presignAgain(context, ticket)
  return { step: 'accept', ...(await describeStep(context, ticket, key)), upload }
}

/** The same upload to the same place, with a new time to begin it. */
export async function renewUpload(
  context: CropperContext,
  token: string,
  { user }: Pick<StepOptions, 'user'>,
): Promise<PresignedUpload> {
  return presignAgain(context, await context.tokens.verify(token, ['accept'], user))
}

async function presignAgain(context: CropperContext, { announced, deadline }: AcceptTicket): Promise<PresignedUpload> {
  const left = deadline - Math.floor(Date.now() / 1000)
  return presignOriginal(context, announced, Math.max(1, Math.min(context.settings.offerExpiresInSeconds, left)))
}

function checkAnnounced({ settings }: CropperContext, { type, bytes }: AnnouncedFile): AnnouncedFile {
  const types = settings.limits.allowed.map(mediaType)
  if (!types.includes(type)) {
    throw new CropperError(
      'image-unsupported',
      `expected type to be ${types.join(', ')}; received ${show(type)}: choose another picture`,
      { field: 'type' },
    )
  }
  if (!Number.isInteger(bytes) || bytes < 1) {
    throw new CropperError('invalid-request', `expected bytes to be an integer from 1; received ${show(bytes)}`, {
      field: 'bytes',
    })
  }
  if (bytes > settings.maxUploadBytes) throw tooLarge(settings.maxUploadBytes)
  return { type, bytes }
}
