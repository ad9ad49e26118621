import {
  type BucketStore,
  type MultipartUpload,
  type ObjectHead,
  StoreError,
  type UploadedPart,
} from '@bucket-brigade/core'
import { invalidRequest } from '../forms/form-problems.js'
import { HttpProblem } from '../problems/http-problem.js'
import { lookAt, ownHead, sizeProblem } from './arrived-object.js'
import { checkParts, type NamedPart } from './part-plan.js'
import { MAX_PARTS, MIN_PART_BYTES } from './upload-options.js'
import { sessionExpired } from './upload-problems.js'
import type { UploadTicket } from './upload-ticket.js'

const ABORT_ATTEMPTS = 5

/** Errors of a completion that another one, on whichever server, may have caused by being first. */
const PERHAPS_DONE = ['not-found', 'invalid-argument', 'outcome-unknown', 'unavailable', 'unknown'] as const

/** The upload that a ticket stands for. No request is made. @throws HttpProblem where the file comes in one piece */
export function openParts(store: BucketStore, { key, multipart }: UploadTicket): Promise<MultipartUpload> {
  if (multipart === undefined) throw invalidRequest('this upload comes in one piece: it has no parts')
  return store.multipart(key, { uploadId: multipart.uploadId })
}

/**
 * What has arrived. Of an upload that is complete already, every part: whoever lost that answer goes on to complete it
 * again, and gets the same one.
 *
 * @throws HttpProblem `session-expired` where the upload was aborted, or removed
 */
export async function arrivedParts(store: BucketStore, ticket: UploadTicket): Promise<readonly UploadedPart[]> {
  const upload = await openParts(store, ticket)
  try {
    return await upload.parts()
  } catch (error) {
    if (!StoreError.is(error, 'not-found')) throw error
    return partsOf(
      ownHead(await lookAt(store, ticket), () => sessionExpired(error)),
      ticket,
    )
  }
}

/**
 * Puts the parts together. A file of another size than announced is refused, and its parts are dropped where the
 * rights allow it.
 *
 * Done twice, at the same time or after a lost answer, on any server, it finds the object of the first time.
 *
 * @param named What the client believes to have sent. Default: whatever arrived.
 */
export async function completeParts(
  store: BucketStore,
  ticket: UploadTicket,
  named: readonly NamedPart[] | undefined,
  maxBytes: number,
): Promise<ObjectHead> {
  const upload = await openParts(store, ticket)
  try {
    const parts = await upload.parts()
    await checkSize(upload, ticket, parts, maxBytes)
    checkParts(ticket, parts, named)
    await upload.complete(parts)
  } catch (error) {
    return completedBefore(store, ticket, error)
  }
  return ownHead(await lookAt(store, ticket), sessionExpired)
}

/**
 * Drops the parts until the service knows of none: those that were on their way during one attempt fall to the next.
 *
 * An upload that is over is none to abort; its object stays.
 *
 * @throws HttpProblem `store-unavailable` where parts keep arriving
 */
export async function abortParts(store: BucketStore, ticket: UploadTicket): Promise<void> {
  const upload = await openParts(store, ticket)
  for (let attempt = 1; attempt <= ABORT_ATTEMPTS; attempt++) {
    await upload.abort()
    if (await isOver(upload)) return
  }
  throw new HttpProblem(503, 'store-unavailable', 'Parts of this upload are still arriving: abort it again.', {
    headers: { 'Retry-After': '1' },
  })
}

/** A whole object as the parts that it came in, or as more and smaller ones than a client would cut. */
function partsOf({ size, etag }: ObjectHead, { multipart }: UploadTicket): UploadedPart[] {
  const partBytes = multipart?.partBytes ?? MIN_PART_BYTES
  return Array.from({ length: Math.min(MAX_PARTS, Math.ceil(size / partBytes)) }, (_, index) => {
    return { partNumber: index + 1, etag, size: Math.min(partBytes, size - index * partBytes) }
  })
}

async function completedBefore(store: BucketStore, ticket: UploadTicket, error: unknown): Promise<ObjectHead> {
  if (!StoreError.is(error, ...PERHAPS_DONE)) throw error
  const arrived = await lookAt(store, ticket)
  if (arrived.kind === 'own') return arrived.head
  // Only an upload that is over tells that what lies there instead has taken its place.
  if (!StoreError.is(error, 'not-found')) throw error
  return ownHead(arrived, () => sessionExpired(error))
}

/** Before it is said that parts are missing: a file that is too large is refused for good. */
async function checkSize(
  upload: MultipartUpload,
  ticket: UploadTicket,
  parts: readonly UploadedPart[],
  maxBytes: number,
): Promise<void> {
  const came = parts.reduce((sum, { size }) => sum + size, 0)
  const problem = sizeProblem(ticket, came, maxBytes)
  const mayGoOn = came < (ticket.bytes ?? 0) && isShortOfParts(ticket, parts)
  if (problem === undefined || mayGoOn) return
  // That they could not be dropped must not take the place of what the sender has to hear.
  await upload.abort().catch(() => undefined)
  throw problem
}

/** Whether the file is short because parts are still to come. */
function isShortOfParts({ bytes = 0, multipart }: UploadTicket, parts: readonly UploadedPart[]): boolean {
  const partBytes = multipart?.partBytes
  return partBytes !== undefined && parts.length < Math.ceil(bytes / partBytes)
}

/** Also where the right to look is missing: then nothing more can be done. */
async function isOver(upload: MultipartUpload): Promise<boolean> {
  try {
    await upload.parts()
    return false
  } catch (error) {
    if (StoreError.is(error, 'not-found', 'permission-denied')) return true
    throw error
  }
}
