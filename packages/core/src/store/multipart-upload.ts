import type {
  Acl,
  Cancellable,
  DriverPutOptions,
  ObjectLocation,
  ObjectVersion,
  PresignedUpload,
  UploadedPart,
  WriteMode,
} from '../contract/driver.js'
import { DriverError, StoreError } from '../errors.js'
import { inParallel, type ParallelOptions } from '../transfer/in-parallel.js'
import { checkAttributes } from '../values/attribute-checks.js'
import { checkExpiry, checkInteger, checkMode } from '../values/option-checks.js'
import type { DriverCalls } from './driver-calls.js'
import type { MultipartOptions, PresignPartOptions } from './options.js'

export const MAX_PARTS = 10_000
const MAX_PART_BYTES = 5 * 1024 ** 3
const ABORT_ATTEMPTS = 3

/** Starts an upload in parts, or goes on with the one that the options name. */
export async function openMultipart(
  calls: DriverCalls,
  at: ObjectLocation,
  options: MultipartOptions,
  acl: Acl | undefined,
): Promise<MultipartUpload> {
  const { uploadId, signal } = options
  const mode = checkMode(options.mode)
  if (uploadId !== undefined) return new MultipartUpload(calls, at, uploadId, mode)
  return createMultipart(calls, at, { attributes: checkAttributes(options), acl, mode, signal })
}

export async function createMultipart(
  calls: DriverCalls,
  at: ObjectLocation,
  plan: DriverPutOptions,
): Promise<MultipartUpload> {
  const subject = { operation: 'create-multipart', key: at.key, signal: plan.signal }
  const uploadId = await calls.run(subject, (driver) => driver.createMultipart(at, plan))
  return new MultipartUpload(calls, at, uploadId, plan.mode)
}

/** An upload in parts. Nothing is visible until `complete`; the upload id lets any server go on with it. */
export class MultipartUpload {
  readonly #calls: DriverCalls
  readonly #at: ObjectLocation
  readonly #mode: WriteMode
  /** Parts that are on their way, with what cancels them. */
  readonly #sending = new Map<AbortController, Promise<unknown>>()
  /** Whether a part failed or was cancelled: the service may have it, or get it yet, all the same. */
  #isAnyUncertain = false
  readonly uploadId: string

  constructor(calls: DriverCalls, at: ObjectLocation, uploadId: string, mode: WriteMode) {
    this.#calls = calls
    this.#at = at
    this.uploadId = uploadId
    this.#mode = mode
  }

  /** Sends part `partNumber`, 1 to 10000. All but the last need at least 5 MiB. Sending one again replaces it. */
  async uploadPart(partNumber: number, bytes: Uint8Array, options: Cancellable = {}): Promise<UploadedPart> {
    const cancelled = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, cancelled.signal]) : cancelled.signal
    const sending = this.#send(partNumber, bytes, { signal })
    this.#sending.set(cancelled, sending)
    try {
      return await sending
    } catch (error) {
      this.#isAnyUncertain = true
      throw error
    } finally {
      this.#sending.delete(cancelled)
    }
  }

  /** One part that a browser sends itself. Its ETag comes with the reply, and with `parts`. */
  async presignPart(partNumber: number, options: PresignPartOptions): Promise<PresignedUpload> {
    return this.#calls.guard(this.#subject('presign-part', {}), async () => {
      const plan = {
        kind: 'part' as const,
        uploadId: this.uploadId,
        partNumber: checkInteger('partNumber', partNumber, 1, MAX_PARTS),
        contentLength: partLength(options.contentLength),
        expiresInSeconds: checkExpiry(options.expiresInSeconds),
      }
      return this.#calls.driver.presignUpload(this.#at, plan)
    })
  }

  /** The parts that arrived, by number. */
  async parts(options: Cancellable = {}): Promise<readonly UploadedPart[]> {
    return this.#calls.run(this.#subject('list-parts', options), (driver) =>
      driver.listParts(this.#at, this.uploadId, { signal: options.signal }),
    )
  }

  /**
   * Makes the object out of these parts, in the order of their numbers. Ceph wants every part that arrived to be among
   * them; elsewhere those that are not named are dropped.
   *
   * @throws StoreError `not-found` where the upload was completed or aborted before; `invalid-argument` where a part
   *   never arrived, or was replaced since
   */
  async complete(parts: readonly UploadedPart[], options: Cancellable = {}): Promise<ObjectVersion> {
    const { signal } = options
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    const subject = this.#subject('complete-multipart', options, size)
    return this.#calls.guard(subject, async () => {
      const ordered = inOrder(parts)
      const mode = this.#mode
      const { etag } = await this.#calls.run(subject, (driver) =>
        driver.completeMultipart(this.#at, this.uploadId, ordered, { mode, signal }),
      )
      return { key: this.#at.key, etag, size }
    })
  }

  /**
   * Drops the upload and its parts. Parts that this object is sending are cancelled first, and what the service kept of
   * them all the same is dropped, too. Parts that others are sending may arrive later: abort again, or leave them to a
   * lifecycle rule.
   */
  async abort(options: Cancellable = {}): Promise<void> {
    for (const sending of this.#sending.keys()) sending.abort(this.#aborted())
    await Promise.allSettled(this.#sending.values())
    await this.#drop(options)
    for (let tries = 1; this.#isAnyUncertain && tries < ABORT_ATTEMPTS; tries++) {
      if (!(await this.#isThere(options))) return
      await this.#drop(options)
    }
  }

  /** Sends parts as they come, some at a time, and completes; aborts the upload when that fails. */
  async sendAll(parts: AsyncIterable<Uint8Array>, options: ParallelOptions): Promise<ObjectVersion> {
    const sent: UploadedPart[] = []
    try {
      await inParallel(numbered(parts), options, async ({ partNumber, bytes }, signal) => {
        sent.push(await this.uploadPart(partNumber, bytes, { signal }))
      })
      return await this.complete(sent, { signal: options.signal })
    } catch (error) {
      // The lifecycle rule and the sweep remove what could not be aborted now; the first error is the one to tell.
      await this.abort().catch(() => {})
      throw error
    }
  }

  async #send(partNumber: number, bytes: Uint8Array, { signal }: Cancellable): Promise<UploadedPart> {
    const subject = this.#subject('upload-part', { signal }, bytes.length)
    return this.#calls.guard(subject, async () => {
      checkInteger('partNumber', partNumber, 1, MAX_PARTS)
      const body = { kind: 'bytes' as const, bytes }
      const { etag } = await this.#calls.run(subject, (driver) =>
        driver.uploadPart(this.#at, this.uploadId, partNumber, body, { signal }),
      )
      return { partNumber, etag, size: bytes.length }
    })
  }

  async #drop({ signal }: Cancellable): Promise<void> {
    await this.#calls.run(this.#subject('abort-multipart', { signal }), (driver) =>
      driver.abortMultipart(this.#at, this.uploadId, { signal }),
    )
  }

  /** False also where the right to look is missing: then nothing more can be done. */
  async #isThere(options: Cancellable): Promise<boolean> {
    try {
      await this.parts(options)
      return true
    } catch (error) {
      options.signal?.throwIfAborted()
      return !StoreError.is(error, 'not-found', 'permission-denied')
    }
  }

  #aborted(): unknown {
    const error = new DriverError('not-found', 'the upload was aborted while this part was on its way')
    return this.#calls.wrap(this.#subject('upload-part', {}), error)
  }

  #subject(operation: string, options: Cancellable, bytes?: number) {
    return { operation, key: this.#at.key, bytes, signal: options.signal }
  }
}

function partLength(contentLength: number | 'any'): number | undefined {
  return contentLength === 'any' ? undefined : checkInteger('contentLength', contentLength, 1, MAX_PART_BYTES)
}

async function* numbered(parts: AsyncIterable<Uint8Array>) {
  let partNumber = 0
  for await (const bytes of parts) {
    partNumber += 1
    if (partNumber > MAX_PARTS) {
      throw new DriverError(
        'invalid-argument',
        `the body has more than ${MAX_PARTS} parts: raise partSizeInBytes, or tell its contentLength`,
      )
    }
    yield { partNumber, bytes }
  }
}

function inOrder(parts: readonly UploadedPart[]): Omit<UploadedPart, 'size'>[] {
  const ordered = parts
    .map(({ partNumber, etag }) => ({ partNumber, etag }))
    .sort((a, b) => a.partNumber - b.partNumber)
  if (ordered.length === 0) throw new DriverError('invalid-argument', 'expected at least one part; received none')
  const twice = ordered.find(({ partNumber }, index) => ordered[index + 1]?.partNumber === partNumber)
  if (twice) {
    throw new DriverError('invalid-argument', `expected every part once; received two of number ${twice.partNumber}`)
  }
  return ordered
}
