import type { PresignedUpload } from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { createMode, privateAcl } from '../pointer/write-rules.js'
import type { AnnouncedOriginal, ExpectedOriginal, UnknownOriginal } from '../tokens/token.js'

/** A form that a browser posts to the bucket. */
export type PresignedForm = Extract<PresignedUpload, { readonly method: 'POST' }>

/** What is stored says nothing of its type where nobody has announced one: the content decides, when it is accepted. */
const ANY_TYPE = 'application/octet-stream'

/** An upload of what is expected, to its place and in no other way. */
export async function presignOriginal(
  context: CropperContext,
  expected: ExpectedOriginal,
  expiresInSeconds: number,
): Promise<PresignedUpload> {
  if ('maxBytes' in expected) return presignForm(context, expected, expiresInSeconds)
  return presignAnnounced(context, expected, expiresInSeconds)
}

async function presignAnnounced(
  { store, settings, directMethod }: CropperContext,
  { key, type, bytes }: AnnouncedOriginal,
  expiresInSeconds: number,
): Promise<PresignedUpload> {
  const pinned = { contentType: type, expiresInSeconds, acl: privateAcl(store) }
  const method = await directMethod.choose()
  if (method === 'POST') return store.presignUpload(key, { ...pinned, method, minBytes: bytes, maxBytes: bytes })
  // What has arrived stays what it is, as long as the service heeds conditions: `open` has seen to that.
  return store.presignUpload(key, { ...pinned, method, contentLength: bytes, mode: createMode(settings) })
}

/** @param successRedirect Absolute address to which the service sends the browser afterwards. */
export async function presignForm(
  { store }: CropperContext,
  { key, maxBytes }: UnknownOriginal,
  expiresInSeconds: number,
  successRedirect?: string,
): Promise<PresignedForm> {
  const upload = await store.presignUpload(key, {
    method: 'POST',
    contentType: ANY_TYPE,
    maxBytes,
    expiresInSeconds,
    acl: privateAcl(store),
    ...(successRedirect !== undefined && { successRedirect }),
  })
  if (upload.method === 'POST') return upload
  throw new TypeError(`expected the driver to presign a form; received a ${upload.method}`)
}
