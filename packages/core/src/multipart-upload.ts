import type { Cancellable, ObjectLocation, ObjectVersion, UploadedPart, WriteMode } from './driver.js'
import type { DriverCalls } from './driver-calls.js'
import { checkInteger } from './options.js'

const MAX_PARTS = 10_000

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
    return this.#calls.run(subject, async (driver) => {
      checkInteger('partNumber', partNumber, 1, MAX_PARTS)
      const { etag } = await driver.uploadPart(this.#at, this.uploadId, partNumber, { kind: 'bytes', bytes }, options)
      return { partNumber, etag, size: bytes.length }
    })
  }

  /** The parts that arrived, by number. */
  async parts(options: Cancellable = {}): Promise<readonly UploadedPart[]> {
    return this.#calls.run(this.#subject('list-parts', options), (driver) =>
      driver.listParts(this.#at, this.uploadId, options),
    )
  }

  /** Makes the object out of these parts, in the order of their numbers. */
  async complete(parts: readonly UploadedPart[], options: Cancellable = {}): Promise<ObjectVersion> {
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    const ordered = parts
      .map(({ partNumber, etag }) => ({ partNumber, etag }))
      .sort((a, b) => a.partNumber - b.partNumber)
    return this.#calls.run(this.#subject('complete-multipart', options, size), async (driver) => {
      const { etag } = await driver.completeMultipart(this.#at, this.uploadId, ordered, {
        ...options,
        mode: this.#mode,
      })
      return { key: this.#at.key, etag, size }
    })
  }

  /** Drops the upload and its parts. */
  async abort(options: Cancellable = {}): Promise<void> {
    await this.#calls.run(this.#subject('abort-multipart', options), (driver) =>
      driver.abortMultipart(this.#at, this.uploadId, options),
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
