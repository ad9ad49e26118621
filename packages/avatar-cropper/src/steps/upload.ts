import type { ObjectInfo } from '@bucket-brigade/core'
import { type ImageInfo, inspectImage, inspectImageHead, mediaType, sniffFormat } from '@bucket-brigade/images'
import { type CropperContext, removeQuietly } from '../context.js'
import { CropperError } from '../errors.js'
import { createMode, privateAcl } from '../pointer/write-rules.js'
import { headIfThere } from '../session/head-if-there.js'
import { onImage } from '../session/image-errors.js'
import { inspectStored } from '../session/inspect-stored.js'
import { askBeforeAccept } from '../session/run-hooks.js'
import { beginSession, openCrop, type UploadedOriginal } from '../session/session.js'
import { settledWrite } from '../session/settled-write.js'
import {
  closeSource,
  type OpenedSource,
  openSource,
  streamSource,
  tooLarge,
  type UploadSource,
} from '../session/upload-source.js'
import { requireRoomForFile } from '../session/user-limits.js'
import type { SessionUser } from '../users/anonymous.js'

/** What is known of an upload beside its bytes. */
export interface UploadOptions {
  /** Bytes in a stream, where they are known: the upload is then one request that is never held in memory. */
  readonly contentLength?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const MAX_ATTEMPTS = 3

/** A picture whose head has passed the checks, on its way to the bucket. */
interface AdmittedSource {
  /** Media type, as the bytes say. */
  readonly type: string
  /** Undefined where only the whole file tells. */
  readonly info: ImageInfo | undefined
  readonly body: OpenedSource
}

/** Receives a picture. Its first bytes decide whether it is stored at all; of some kinds the rest decides whether it stays. */
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
  const admitted = await admitSource(context, opened, options)
  const { etag, size } = await storeOriginal(context, key, admitted, options)
  try {
    const info = admitted.info ?? (await inspectStored(context, { ...session, key, etag }, signal))
    const { type, width, height } = info
    const original = { key, etag, size, type, width, height }
    await askBeforeAccept(context, session, original, signal)
    return await openCrop(context, session, original)
  } catch (error) {
    // Nobody has a token for it, so that nobody can ask again.
    await removeQuietly(context, [key])
    throw error
  }
}

/**
 * Stores it below its new key. Nobody else knows the key of a session that has just begun: where the answer was lost, an
 * object of that length is the picture.
 */
async function storeOriginal(
  { store, settings }: CropperContext,
  key: string,
  { type, body }: AdmittedSource,
  { contentLength, signal }: UploadOptions,
): Promise<Pick<ObjectInfo, 'etag' | 'size'>> {
  const length = body.kind === 'whole' ? body.bytes.length : contentLength
  const options = {
    contentType: type,
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
      const found = await headIfThere(store, key, { signal })
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
async function admitSource(
  { settings }: CropperContext,
  opened: OpenedSource,
  { contentLength, signal }: UploadOptions,
): Promise<AdmittedSource> {
  const limits = { ...settings.limits, signal }
  const totalBytes = contentLength ?? settings.maxUploadBytes
  return onImage(async () => {
    try {
      const head = opened.kind === 'whole' ? opened.bytes : opened.head
      const info =
        opened.kind === 'whole' ? await inspectImage(head, limits) : await inspectImageHead(head, totalBytes, limits)
      return { type: info?.type ?? typeOf(head), info, body: opened }
    } catch (error) {
      await closeSource(opened)
      throw error
    }
  })
}

/** Of a head that was let in. */
function typeOf(head: Uint8Array): string {
  const format = sniffFormat(head)
  return format === undefined ? 'application/octet-stream' : mediaType(format)
}
