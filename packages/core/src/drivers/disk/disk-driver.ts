import type {
  Acl,
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
  ObjectLocation,
  PresignedUpload,
  StorageDriver,
  UnfinishedUpload,
  UploadedPart,
  WriteMode,
} from '../../contract/driver.js'
import type { BucketSettingsDriver } from '../../contract/settings-driver.js'
import { DriverError } from '../../errors.js'
import { inParallel } from '../../transfer/in-parallel.js'
import { BucketFolder, checkStorable } from './bucket-folder.js'
import { completeUpload } from './complete-upload.js'
import { explainErrno } from './disk-errors.js'
import { listPage } from './disk-listing.js'
import { dropUpload, listUploadedParts, listUploads, startUpload, storePart } from './disk-multipart.js'
import { diskSettings } from './disk-settings.js'
import { DiskSigner } from './disk-signer.js'
import { type DiskObject, type DiskObjectHead, readHead, readObject } from './object-reader.js'
import { checkWritable, removeObject, storePending } from './object-writer.js'
import { receivePending, sweepPending } from './pending-file.js'

/** Where objects lie, and how they are addressed. */
export interface DiskDriverOptions {
  /** The folder of all buckets; a bucket is the folder below it that has its name. Made with the first write. */
  readonly directory: string
  /** The bucket that a store must have. Default: any. */
  readonly bucket?: string | undefined
  /** Where `diskObjects()` answers, as browsers see it: `https://host/objects`, or a path such as `/objects`. */
  readonly baseUrl?: string | undefined
  /** Sign addresses: the first signs, all verify; each at least 32 bytes, the same on every server. */
  readonly secrets?: readonly (string | Uint8Array)[] | undefined
}

const DELETES_AT_ONCE = 8
const SWEEP_MILLISECONDS = 60 * 60 * 1000

/**
 * Objects as plain files at their keys, for one machine: all processes share its file system and run as one user.
 *
 * Processes may write at the same time, and die at any moment: see claims.ts. People and other programs may read, add,
 * replace and remove files; such a file's type comes from its content and name, and its ETag is a new one.
 */
export class DiskDriver implements StorageDriver {
  readonly name = 'disk'
  readonly bucket: string | undefined
  /** Undefined where no `baseUrl` was given. */
  readonly signer: DiskSigner | undefined
  readonly settings: BucketSettingsDriver
  readonly #directory: string
  readonly #sweptAt = new Map<string, number>()

  constructor(options: DiskDriverOptions) {
    if (typeof options.directory !== 'string' || options.directory === '') {
      throw new DriverError(
        'invalid-argument',
        'expected directory to be the path of the folder that holds the buckets',
      )
    }
    this.#directory = options.directory
    this.bucket = options.bucket
    this.settings = diskSettings((bucket) => this.#folder(bucket))
    this.signer =
      options.baseUrl === undefined ? undefined : new DiskSigner({ baseUrl: options.baseUrl, secrets: options.secrets })
  }

  async get(at: ObjectLocation, options: DriverGetOptions): Promise<DiskObject> {
    return readObject(this.#folder(at.bucket), at.key, options)
  }

  async head(at: ObjectLocation, options: DriverHeadOptions): Promise<DiskObjectHead> {
    return readHead(this.#folder(at.bucket), at.key, options)
  }

  /** The access control list that an object was stored with. Files put there by hand have none. */
  async aclOf(at: ObjectLocation): Promise<Acl | undefined> {
    return (await this.head(at, {})).acl
  }

  async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Promise<{ readonly etag: string }> {
    const folder = await this.#writableFolder(at.bucket)
    if (body.kind === 'stream') await checkWritable(folder, at.key, options.mode)
    else checkStorable(at.key)
    const pending = await receivePending(folder, body, options)
    return storePending(folder, at.key, pending, { ...options.attributes, acl: options.acl }, options)
  }

  async copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Promise<{ readonly etag: string }> {
    const { sourceIfMatch, acl, signal } = options
    const source = await this.get(from, { ifMatch: sourceIfMatch })
    const { contentType, cacheControl, contentDisposition, contentEncoding, metadata } = source
    const kept = { contentType, cacheControl, contentDisposition, contentEncoding, metadata }
    try {
      const body: DriverBody = { kind: 'stream', stream: source.body, length: source.size }
      return await this.put(to, body, { attributes: options.attributes ?? kept, acl, mode: 'overwrite', signal })
    } finally {
      source.body.destroy()
    }
  }

  async delete(at: ObjectLocation, options: DriverDeleteOptions): Promise<void> {
    await removeObject(this.#folder(at.bucket), at.key, options)
  }

  async deleteMany(bucket: string, keys: readonly string[], options: Cancellable): Promise<readonly DeleteFailure[]> {
    const failures: DeleteFailure[] = []
    await inParallel(keys, { concurrency: DELETES_AT_ONCE, signal: options.signal }, async (key, signal) => {
      await this.delete({ bucket, key }, { signal }).catch((error: unknown) => {
        signal.throwIfAborted()
        failures.push({ key, error })
      })
    })
    return failures
  }

  async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    return listPage(this.#folder(bucket), prefix, options)
  }

  async createMultipart(at: ObjectLocation, options: DriverPutOptions): Promise<string> {
    return startUpload(await this.#writableFolder(at.bucket), at.key, options)
  }

  async uploadPart(
    at: ObjectLocation,
    uploadId: string,
    partNumber: number,
    body: DriverBody,
    options: Cancellable,
  ): Promise<{ readonly etag: string }> {
    return storePart(this.#folder(at.bucket), at, { uploadId, partNumber }, body, options.signal)
  }

  async completeMultipart(
    at: ObjectLocation,
    uploadId: string,
    parts: readonly Omit<UploadedPart, 'size'>[],
    options: Cancellable & { readonly mode: WriteMode },
  ): Promise<{ readonly etag: string }> {
    const folder = await this.#writableFolder(at.bucket)
    return completeUpload(folder, at.key, { uploadId, parts }, options)
  }

  async abortMultipart(at: ObjectLocation, uploadId: string, _options: Cancellable): Promise<void> {
    await dropUpload(this.#folder(at.bucket), at.key, uploadId)
  }

  async listParts(at: ObjectLocation, uploadId: string, _options: Cancellable): Promise<readonly UploadedPart[]> {
    return listUploadedParts(this.#folder(at.bucket), at.key, uploadId)
  }

  async listMultipart(bucket: string, prefix: string, _options: Cancellable): Promise<readonly UnfinishedUpload[]> {
    return listUploads(this.#folder(bucket), prefix)
  }

  publicUrl(at: ObjectLocation): string {
    return this.#signer().publicUrl(at)
  }

  async signedUrl(at: ObjectLocation, options: DriverSignOptions): Promise<string> {
    return this.#signer().signedUrl(at, options)
  }

  async presignUpload(at: ObjectLocation, options: DriverPresignOptions): Promise<PresignedUpload> {
    return this.#signer().presignUpload(at, options)
  }

  explain(error: unknown): Explanation {
    return explainErrno(error)
  }

  async close(): Promise<void> {}

  #folder(bucket: string): BucketFolder {
    return new BucketFolder(this.#directory, bucket)
  }

  /** What writers that died left behind is removed before the first write, and then now and again. */
  async #writableFolder(bucket: string): Promise<BucketFolder> {
    const folder = this.#folder(bucket)
    const now = Date.now()
    if (now - (this.#sweptAt.get(bucket) ?? Number.NEGATIVE_INFINITY) > SWEEP_MILLISECONDS) {
      this.#sweptAt.set(bucket, now)
      await sweepPending(folder)
    }
    return folder
  }

  #signer(): DiskSigner {
    if (this.signer) return this.signer
    throw new DriverError(
      'unsupported',
      'files have an address only where they are served: set the option "baseUrl" to where diskObjects() is mounted, and "secrets" for signed ones',
    )
  }
}
