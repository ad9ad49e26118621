import type { Cancellable, ObjectLocation, ObjectVersion, PresignedUpload, UploadedPart, WriteMode } from './driver.js'
import type { DriverCalls } from './driver-calls.js'
import { DriverError } from './errors.js'
import { checkExpiry, checkInteger, type PresignPartOptions } from './options.js'

const MAX_PARTS = 10_000
const MAX_PART_BYTES = 5 * 1024 ** 3

/** An upload in parts. Nothing is visible until `complete`; the upload id lets any server go on with it. */
export class MultipartUpload {
  readonly #calls: DriverCalls
  readonly #at: ObjectLocation
  readonly #mode: WriteMode
  readonly uploadId: string

  constructor(calls: DriverCalls, at: ObjectLocation, uploadId: string, mode: WriteMode) {
    this.#calls = calls
    this.#at = at
    this.uploadId = uploadId
    this.#mode = mode
  }

  /** Sends part `partNumber`, 1 to 10000. All but the last need at least 5 MiB. Sending one again replaces it. */
  async uploadPart(partNumber: number, bytes: Uint8Array, options: Cancellable = {}): Promise<UploadedPart> {
    const subject = this.#subject('upload-part', options, bytes.length)
    return this.#calls.guard(subject, async () => {
      checkInteger('partNumber', partNumber, 1, MAX_PARTS)
      const body = { kind: 'bytes' as const, bytes }
      const { etag } = await this.#calls.run(subject, (driver) =>
        driver.uploadPart(this.#at, this.uploadId, partNumber, body, { signal: options.signal }),
      )
      return { partNumber, etag, size: bytes.length }
    })
  }

  /** One part that a browser sends itself. Its ETag comes with the reply, and with `parts`. */
  async presignPart(partNumber: number, options: PresignPartOptions): Promise<PresignedUpload> {
    return this.#calls.guard(this.#subject('presign-part', {}), async () => {
      const plan = {
        kind: 'part' as const,
        uploadId: this.uploadId,
        partNumber: checkInteger('partNumber', partNumber, 1, MAX_PARTS),
        contentLength: checkInteger('contentLength', options.contentLength, 1, MAX_PART_BYTES),
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

  /** Drops the upload and its parts. */
  async abort(options: Cancellable = {}): Promise<void> {
    await this.#calls.run(this.#subject('abort-multipart', options), (driver) =>
      driver.abortMultipart(this.#at, this.uploadId, { signal: options.signal }),
    )
  }

  /** Sends parts one after the other and completes; aborts the upload when that fails. */
  async sendAll(parts: AsyncIterable<Uint8Array>, options: Cancellable): Promise<ObjectVersion> {
    const sent: UploadedPart[] = []
    try {
      for await (const bytes of parts) sent.push(await this.uploadPart(sent.length + 1, bytes, options))
      return await this.complete(sent, options)
    } catch (error) {
      // The lifecycle rule and the sweep remove what could not be aborted now; the first error is the one to tell.
      await this.abort().catch(() => {})
      throw error
    }
  }

  #subject(operation: string, options: Cancellable, bytes?: number) {
    return { operation, key: this.#at.key, bytes, signal: options.signal }
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
