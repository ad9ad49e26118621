import { type BucketStore, type PresignedUpload, StoreError } from '@bucket-brigade/core'
import type { UploadSettings } from './upload-options.js'
import type { UploadTicket } from './upload-ticket.js'

/** Metadata that tells an upload's object from everything else at its key. */
export const MARKER = 'brigade-upload'

/**
 * An address to which a browser sends a whole file. Undefined where the file has to go through the server: as configured,
 * where the driver presigns nothing, or where a PUT is wanted and nobody knows the size.
 */
export async function presignSingle(
  store: BucketStore,
  settings: UploadSettings,
  ticket: UploadTicket,
): Promise<PresignedUpload | undefined> {
  const { singleUploads = 'POST' } = settings
  const { key, bytes } = ticket
  if (singleUploads === 'through-server') return undefined
  const pinned = { ...pinnedAttributes(settings, ticket), expiresInSeconds: secondsOf(settings, ticket) }
  try {
    if (singleUploads === 'PUT') {
      if (bytes === undefined) return undefined
      return await store.presignUpload(key, { ...pinned, method: 'PUT', contentLength: bytes })
    }
    const maxBytes = bytes ?? settings.maxBytes
    // A policy wants room for a byte; that an empty file is empty is checked when it is complete.
    const range = { minBytes: bytes ?? 0, maxBytes: Math.max(1, maxBytes) }
    return await store.presignUpload(key, { ...pinned, ...range, method: 'POST' })
  } catch (error) {
    if (settings.singleUploads === undefined && StoreError.is(error, 'unsupported')) return undefined
    throw error
  }
}

/** What the object of an upload has, whichever way it comes. */
export function pinnedAttributes({ acl }: UploadSettings, { type, id }: UploadTicket) {
  return { contentType: type, acl, metadata: { [MARKER]: id } }
}

/** How long an address works: never longer than the upload itself may take. */
export function secondsOf({ presignSeconds }: UploadSettings, { deadline }: UploadTicket): number {
  return Math.max(1, Math.min(presignSeconds, deadline - nowInSeconds()))
}

/** Seconds since 1970. */
export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
