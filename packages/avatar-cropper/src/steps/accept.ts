import { type StoredObject, StoreError, show } from '@bucket-brigade/core'
import { type ImageInfo, inspectImage, inspectImageHead } from '@bucket-brigade/images'
import { type CropperContext, removeQuietly, type StepOptions } from '../context.js'
import { CropperError } from '../errors.js'
import { readWhole } from '../read-whole.js'
import { onImage } from '../session/image-errors.js'
import { inspectStored, type StoredFile } from '../session/inspect-stored.js'
import { askBeforeAccept } from '../session/run-hooks.js'
import { openCrop, type UploadedOriginal } from '../session/session.js'
import { HEAD_BYTES, tooLarge } from '../session/upload-source.js'
import { requireRoomForFile } from '../session/user-limits.js'
import type { ExpectedOriginal } from '../tokens/token.js'

/** What speaks against the file itself. A busy server, or a session that is over, says nothing about it. */
const VERDICTS = [
  'file-too-large',
  'image-unsupported',
  'image-too-large',
  'image-corrupt',
  'refused',
  'too-many-sessions',
  'too-many-bytes',
] as const

/**
 * Looks at what a browser put into the bucket, and pins it by its ETag: what comes there later is not what was accepted.
 *
 * Writes nothing, so that a repeat gives the same answer. What is refused is removed where the rights allow it.
 */
export async function acceptUpload(
  context: CropperContext,
  token: string,
  { user, signal }: StepOptions,
): Promise<UploadedOriginal> {
  const { announced, step: _step, ...session } = await context.tokens.verify(token, ['accept'], user)
  const { object: arrived, bytes: head } = await readWhole(() => openHead(context, announced.key, signal))
  const { key, etag, size } = arrived
  try {
    checkNotTooLarge(announced, size)
    const info = await inspectArrived(context, { ...session, key, etag, size }, head, signal)
    checkType(announced, info)
    checkSize(announced, size)
    const { type, width, height } = info
    const original = { key, etag, size, type, width, height }
    const file = { bytes: size, arrived: { session: session.session, at: arrived.lastModified } }
    await requireRoomForFile(context, session.user, file, signal)
    await askBeforeAccept(context, session, original, signal)
    return await openCrop(context, session, original)
  } catch (error) {
    if (CropperError.is(error, ...VERDICTS)) {
      await removeQuietly(context, [key])
    }
    throw error
  }
}

async function openHead(
  { store }: CropperContext,
  key: string,
  signal: AbortSignal | undefined,
): Promise<StoredObject> {
  try {
    return await store.get(key, { range: { offset: 0, length: HEAD_BYTES }, signal })
  } catch (cause) {
    if (!StoreError.is(cause, 'not-found')) throw cause
    throw new CropperError('step-out-of-order', 'the file has not arrived yet: upload it first, then complete', {
      cause,
    })
  }
}

interface ArrivedFile extends StoredFile {
  readonly size: number
}

async function inspectArrived(
  context: CropperContext,
  arrived: ArrivedFile,
  head: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<ImageInfo> {
  const limits = { ...context.settings.limits, signal }
  const info = await onImage(async () =>
    head.length === arrived.size ? inspectImage(head, limits) : inspectImageHead(head, arrived.size, limits),
  )
  return info ?? inspectStored(context, arrived, signal)
}

/** Services enforce what was signed, but not all of them. */
function checkNotTooLarge(expected: ExpectedOriginal, size: number): void {
  const maxBytes = 'maxBytes' in expected ? expected.maxBytes : expected.bytes
  if (size > maxBytes) throw tooLarge(maxBytes)
}

function checkSize(expected: ExpectedOriginal, size: number): void {
  if ('maxBytes' in expected || size === expected.bytes) return
  throw new CropperError(
    'image-corrupt',
    `expected the ${expected.bytes} bytes that were announced; received ${size}: upload the whole file`,
    { field: 'bytes' },
  )
}

function checkType(expected: ExpectedOriginal, info: ImageInfo): void {
  if ('maxBytes' in expected || info.type === expected.type) return
  throw new CropperError(
    'image-unsupported',
    `expected the ${show(expected.type)} that was announced; received ${info.type}: announce the type that the file has`,
    { field: 'type' },
  )
}
