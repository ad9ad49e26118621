import { type PresignedUpload, StoreError, show } from '@bucket-brigade/core'
import { mediaType } from '@bucket-brigade/images'
import type { SessionUser } from '../anonymous.js'
import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { beginSession, describeStep, type SessionStep } from '../session.js'
import type { AcceptTicket } from '../token.js'
import { tooLarge } from '../upload-source.js'
import { requireRoomForFile } from '../user-limits.js'
import { privateAcl } from '../write-rules.js'

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
  const upload = await presign(context, key, { type, bytes })
  const ticket: AcceptTicket = { ...session, step: 'accept', announced: { key, type, bytes } }
  return { step: 'accept', ...(await describeStep(context, ticket, key)), upload }
}

async function presign(context: CropperContext, key: string, { type, bytes }: AnnouncedFile): Promise<PresignedUpload> {
  const { store, settings } = context
  const pinned = {
    contentType: type,
    expiresInSeconds: Math.min(settings.offerExpiresInSeconds, settings.sessionSeconds),
    acl: privateAcl(store),
  }
  const form = () => store.presignUpload(key, { ...pinned, method: 'POST', minBytes: bytes, maxBytes: bytes })
  const put = () => store.presignUpload(key, { ...pinned, method: 'PUT', contentLength: bytes })
  if (settings.directUploads === 'PUT') return put()
  try {
    return await form()
  } catch (error) {
    if (settings.directUploads === 'auto' && StoreError.is(error, 'unsupported')) return put()
    throw error
  }
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
