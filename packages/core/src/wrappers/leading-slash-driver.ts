import type {
  Cancellable,
  DeleteFailure,
  DriverBody,
  DriverCopyOptions,
  DriverDeleteOptions,
  DriverGetOptions,
  DriverHeadOptions,
  DriverListOptions,
  DriverPresignOptions,
  DriverPutOptions,
  DriverSignOptions,
  Explanation,
  ListPage,
  ObjectHead,
  ObjectLocation,
  PresignedUpload,
  ServiceTraits,
  StorageDriver,
  StoredObject,
  UnfinishedUpload,
  UploadedPart,
  WriteMode,
} from '../contract/driver.js'
import { DriverError } from '../errors.js'
import { MAX_KEY_BYTES } from '../keys/object-key.js'
import { listBothSpellings } from './leading-slash-listing.js'
import { prefixDriver } from './prefix-driver.js'

/**
 * A driver around a driver for buckets where some keys begin with a slash, because the AWS SDK for PHP v3 kept that of
 * the article's paths: `/uploads/leo.jpg` and `uploads/leo.jpg` are one object here.
 *
 * What is written has no slash, and hides an older object that has one. Reads look for the first spelling and then for
 * the second; `create` and `ifMatch` heed both; deletes remove both, the old one first, so that it never comes to light
 * again. Nothing here writes the old spelling, so of all writers only those of old can race with a condition, and a
 * delete with the swap of an object that still has its slash.
 */
export class LeadingSlashDriver implements StorageDriver {
  readonly name: string
  readonly bucket: string | undefined
  readonly #plain: StorageDriver
  /** The same bucket, where every key gets the slash. */
  readonly #slashed: StorageDriver

  constructor(inner: StorageDriver) {
    this.name = inner.name
    this.bucket = inner.bucket
    this.#plain = inner
    this.#slashed = prefixDriver(inner, '/')
  }

  get learned(): ServiceTraits | undefined {
    return this.#plain.learned
  }

  get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    return this.#read(at, options, (driver) => driver.get(at, options))
  }

  head(at: ObjectLocation, options: DriverHeadOptions): Promise<ObjectHead> {
    return this.#read(at, options, (driver) => driver.head(at, options))
  }

  put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Promise<{ readonly etag: string }> {
    return this.#write(at, options, (mode) => this.#plain.put(at, body, { ...options, mode }))
  }

  copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Promise<{ readonly etag: string }> {
    const old = { bucket: from.bucket, key: `/${from.key}` }
    return this.#read(from, options, (driver) => this.#plain.copy(driver === this.#slashed ? old : from, to, options))
  }

  async delete(at: ObjectLocation, options: DriverDeleteOptions): Promise<void> {
    const { ifMatch, signal } = options
    if (hasTwoSpellings(at.key)) {
      // What a newer object hides has no version that anybody could ask for.
      const isHidden = ifMatch === undefined || (await this.#etagAt(this.#plain, at, signal)) !== undefined
      await this.#ifHeld(this.#slashed.delete(at, isHidden ? { signal } : options))
      signal?.throwIfAborted()
    }
    await this.#plain.delete(at, options)
  }

  async deleteMany(bucket: string, keys: readonly string[], options: Cancellable): Promise<readonly DeleteFailure[]> {
    const twofold = keys.filter(hasTwoSpellings)
    const old = twofold.length === 0 ? [] : await this.#slashed.deleteMany(bucket, twofold, options)
    const failures = old.filter(({ error }) => !this.#isAbsent(error))
    const failed = new Set(failures.map(({ key }) => key))
    const rest = keys.filter((key) => !failed.has(key))
    options.signal?.throwIfAborted()
    return rest.length === 0 ? failures : [...failures, ...(await this.#plain.deleteMany(bucket, rest, options))]
  }

  list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const slashed = async (...args: Parameters<StorageDriver['list']>): Promise<ListPage> =>
      (await this.#ifHeld(this.#slashed.list(...args))) ?? { objects: [], prefixes: [] }
    return listBothSpellings(this.#plain, { list: slashed }, bucket, prefix, options)
  }

  async createMultipart(at: ObjectLocation, options: DriverPutOptions): Promise<string> {
    if (options.mode === 'create') await this.#checkNoOld(at, options.signal)
    return this.#plain.createMultipart(at, options)
  }

  uploadPart(
    at: ObjectLocation,
    uploadId: string,
    partNumber: number,
    body: DriverBody,
    options: Cancellable,
  ): Promise<{ readonly etag: string }> {
    return this.#plain.uploadPart(at, uploadId, partNumber, body, options)
  }

  completeMultipart(
    at: ObjectLocation,
    uploadId: string,
    parts: readonly Omit<UploadedPart, 'size'>[],
    options: Cancellable & { readonly mode: WriteMode },
  ): Promise<{ readonly etag: string }> {
    return this.#write(at, options, (mode) => this.#plain.completeMultipart(at, uploadId, parts, { ...options, mode }))
  }

  abortMultipart(at: ObjectLocation, uploadId: string, options: Cancellable): Promise<void> {
    return this.#plain.abortMultipart(at, uploadId, options)
  }

  listParts(at: ObjectLocation, uploadId: string, options: Cancellable): Promise<readonly UploadedPart[]> {
    return this.#plain.listParts(at, uploadId, options)
  }

  listMultipart(bucket: string, prefix: string, options: Cancellable): Promise<readonly UnfinishedUpload[]> {
    return this.#plain.listMultipart(bucket, prefix, options)
  }

  /** Always of the key without slash: no request is made to find out where the object is. */
  publicUrl(at: ObjectLocation): string {
    return this.#plain.publicUrl(at)
  }

  /** Unlike other drivers', this one asks the service first, where the object is. */
  async signedUrl(at: ObjectLocation, options: DriverSignOptions): Promise<string> {
    const isOld = (await this.#etagAt(this.#plain, at)) === undefined && (await this.#oldEtag(at)) !== undefined
    return (isOld ? this.#slashed : this.#plain).signedUrl(at, options)
  }

  async presignUpload(at: ObjectLocation, options: DriverPresignOptions): Promise<PresignedUpload> {
    if (options.kind === 'put' && options.mode === 'create') await this.#checkNoOld(at)
    return this.#plain.presignUpload(at, options)
  }

  explain(error: unknown): Explanation {
    return this.#plain.explain(error)
  }

  close(): Promise<void> {
    return this.#plain.close()
  }

  async #read<T>(
    { key }: ObjectLocation,
    { signal }: Cancellable,
    read: (driver: StorageDriver) => Promise<T>,
  ): Promise<T> {
    // Last once more without the slash: the object may have been renamed between the two.
    const places = hasTwoSpellings(key) ? [this.#plain, this.#slashed] : []
    for (const driver of places) {
      try {
        return await read(driver)
      } catch (error) {
        if (!this.#isAbsent(error)) throw error
      }
      signal?.throwIfAborted()
    }
    return read(this.#plain)
  }

  async #write<T>(
    at: ObjectLocation,
    { mode, signal }: Cancellable & { readonly mode: WriteMode },
    send: (mode: WriteMode) => Promise<T>,
  ): Promise<T> {
    if (mode === 'overwrite') return send(mode)
    if (mode === 'create') {
      await this.#checkNoOld(at, signal)
      return send(mode)
    }
    const isNew = (await this.#etagAt(this.#plain, at, signal)) !== undefined
    if (isNew || (await this.#oldEtag(at, signal)) !== mode.ifMatch) return send(mode)
    try {
      // The old spelling is never written again, so its version is replaced by whoever is the first to create the new one.
      return await send('create')
    } catch (error) {
      if (this.#codeOf(error) !== 'already-exists') throw error
      throw new DriverError('precondition-failed', 'it was replaced meanwhile', { cause: error })
    }
  }

  async #checkNoOld(at: ObjectLocation, signal?: AbortSignal): Promise<void> {
    if ((await this.#oldEtag(at, signal)) === undefined) return
    throw new DriverError('already-exists', 'there is an object with this key already, spelled with a leading slash')
  }

  async #oldEtag(at: ObjectLocation, signal?: AbortSignal): Promise<string | undefined> {
    return hasTwoSpellings(at.key) ? this.#etagAt(this.#slashed, at, signal) : undefined
  }

  async #etagAt(driver: StorageDriver, at: ObjectLocation, signal?: AbortSignal): Promise<string | undefined> {
    const head = await this.#ifHeld(driver.head(at, { signal }))
    signal?.throwIfAborted()
    return head?.etag
  }

  /** Undefined where there is no such object, or can be none. */
  async #ifHeld<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call
    } catch (error) {
      if (this.#isAbsent(error)) return undefined
      throw error
    }
  }

  #isAbsent(error: unknown): boolean {
    const code = this.#codeOf(error)
    // A driver that can hold no such key, as that for disks, has none.
    return code === 'not-found' || code === 'invalid-key'
  }

  #codeOf(error: unknown): Explanation['code'] {
    return error instanceof DriverError ? error.code : this.#plain.explain(error).code
  }
}

/** False for what has no room for a slash, and for keys of listings that begin with two: those are what they are. */
function hasTwoSpellings(key: string): boolean {
  return !key.startsWith('/') && Buffer.byteLength(key) < MAX_KEY_BYTES
}
