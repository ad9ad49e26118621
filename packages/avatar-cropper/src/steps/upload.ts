import type { ObjectInfo } from '@bucket-brigade/core'
import { type ImageInfo, inspectImage, inspectImageHead } from '@bucket-brigade/images'
import type { SessionUser } from '../anonymous.js'
import { type CropperContext, removeQuietly } from '../context.js'
import { CropperError } from '../errors.js'
import { onImage } from '../image-errors.js'
import { askBeforeAccept } from '../run-hooks.js'
import { beginSession, openCrop, type UploadedOriginal } from '../session.js'
import { settledWrite, unlessMissing } from '../settled-write.js'
import {
  closeSource,
  collectSource,
  type OpenedSource,
  openSource,
  streamSource,
  tooLarge,
  type UploadSource,
} from '../upload-source.js'
import { requireRoomForFile } from '../user-limits.js'
import { createMode, privateAcl } from '../write-rules.js'

/** What is known of an upload beside its bytes. */
export interface UploadOptions {
  /** Bytes in a stream, where they are known: the upload is then one request that is never held in memory. */
  readonly contentLength?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const MAX_ATTEMPTS = 3

/** A picture that passed the checks, on its way to the bucket. */
interface AcceptedSource {
  readonly info: ImageInfo
  readonly body: OpenedSource
}

/** Receives a picture. Its first bytes decide whether it is stored at all. */
export async function uploadOriginal(
  context: CropperContext,
  user: SessionUser,
  source: UploadSource,
  options: UploadOptions,
): Promise<UploadedOriginal> {
  const { maxUploadBytes } = context.settings
  const { key, ...session } = beginSession(context, user)
  const { contentLength, signal } = options
  if (contentLength !== undefined && contentLength > maxUploadBytes) throw tooLarge(maxUploadBytes)
  const opened = await openSource(source, maxUploadBytes)
  await checkRoom(context, session.user, opened, options)
  await checkLength(opened, contentLength)
  const { info, body } = await acceptSource(context, opened, options)
  const { etag, size } = await storeOriginal(context, key, { info, body }, options)
  const { type, width, height } = info
  const original = { key, etag, size, type, width, height }
  try {
    await askBeforeAccept(context, session, original, signal)
  } catch (error) {
    // Nobody has a token for it, so that nobody can ask again.
    await removeQuietly(context, [key])
    throw error
  }
  return openCrop(context, session, original)
}

/**
 * Stores it below its new key. Nobody else knows the key of a session that has just begun: where the answer was lost, an
 * object of that length is the picture.
 */
async function storeOriginal(
  { store, settings }: CropperContext,
  key: string,
  { info, body }: AcceptedSource,
  { contentLength, signal }: UploadOptions,
): Promise<Pick<ObjectInfo, 'etag' | 'size'>> {
  const length = body.kind === 'whole' ? body.bytes.length : contentLength
  const options = {
    contentType: info.type,
    cacheControl: 'private, no-store',
    acl: privateAcl(store),
    // Parts can rarely be made conditional.
    mode: length === undefined ? 'overwrite' : createMode(settings),
    contentLength: length,
    signal,
  } as const
  return settledWrite<Pick<ObjectInfo, 'etag' | 'size'>>({
    write: () => store.put(key, body.kind === 'whole' ? body.bytes : streamSource(body), options),
    find: async (error) => {
      const found = await unlessMissing(store.head(key, { signal }))
      if (found && found.size !== length) throw error
      return found
    },
    attempts: body.kind === 'whole' ? MAX_ATTEMPTS : 1,
  })
}

async function checkRoom(
  context: CropperContext,
  user: string,
  opened: OpenedSource,
  { contentLength, signal }: UploadOptions,
): Promise<void> {
  const bytes = opened.kind === 'whole' ? opened.bytes.length : (contentLength ?? opened.head.length)
  try {
    await requireRoomForFile(context, user, { bytes }, signal)
  } catch (error) {
    await closeSource(opened)
    throw error
  }
}

/** What ends before its announced length was cut off on the way. Longer sources are noticed by the store. */
async function checkLength(opened: OpenedSource, contentLength: number | undefined): Promise<void> {
  const came = opened.kind === 'whole' ? opened.bytes.length : opened.head.length
  if (contentLength === undefined || came === contentLength) return
  if (opened.kind === 'opened' && came < contentLength) return
  await closeSource(opened)
  throw new CropperError(
    'invalid-request',
    `expected a file of ${contentLength} bytes; received ${opened.kind === 'whole' ? 'only' : 'at least'} ${came}`,
    { field: 'file' },
  )
}

/** Looks at no more than it must: most headers say everything in the first 64 KiB. */
async function acceptSource(
  { settings }: CropperContext,
  opened: OpenedSource,
  { contentLength, signal }: UploadOptions,
): Promise<AcceptedSource> {
  const limits = { ...settings.limits, signal }
  return onImage(async () => {
    try {
      if (opened.kind === 'whole') return { info: await inspectImage(opened.bytes, limits), body: opened }
      const totalBytes = contentLength ?? settings.maxUploadBytes
      const info = await inspectImageHead(opened.head, totalBytes, limits)
      if (info) return { info, body: opened }
      const bytes = await collectSource(opened)
      return { info: await inspectImage(bytes, limits), body: { kind: 'whole', bytes } }
    } catch (error) {
      await closeSource(opened)
      throw error
    }
  })
}
