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
} from '../../contract/driver.js'
import type { BucketSettingsDriver } from '../../contract/settings-driver.js'
import { bucketSettings } from './bucket-settings.js'
import { ConditionalWriter } from './conditional-write.js'
import { copyObject } from './copy-object.js'
import { deleteObject, deleteObjects } from './delete-objects.js'
import { explainFailure } from './explain-failure.js'
import { listObjects } from './list-objects.js'
import { S3Multipart } from './multipart.js'
import { presignUpload, signedUrl } from './presign.js'
import { publicAddress } from './public-address.js'
import { putObject } from './put-object.js'
import { getObject, headObject } from './read-object.js'
import { S3Connection } from './s3-connection.js'
import { checkS3Options, type S3DriverOptions, type S3Settings } from './s3-options.js'

/**
 * Objects in a bucket of AWS S3, or of a service that speaks its protocol.
 *
 * The AWS SDK is an optional peer dependency, loaded at the first request: making a driver loads and connects nothing.
 * Where services differ, the driver finds out or says `unsupported`; nothing pretends to succeed.
 */
export class S3Driver implements StorageDriver {
  readonly name = 's3'
  readonly bucket: string | undefined
  readonly settings: BucketSettingsDriver
  readonly #settings: S3Settings
  readonly #connection: S3Connection
  readonly #writer: ConditionalWriter
  readonly #multipart: S3Multipart

  /** @throws DriverError `invalid-argument` that names the option, what was expected and what came */
  constructor(options: S3DriverOptions = {}) {
    this.#settings = checkS3Options(options, process.env)
    this.bucket = this.#settings.bucket
    this.#connection = new S3Connection(this.#settings)
    this.settings = bucketSettings(this.#connection)
    this.#writer = new ConditionalWriter(this.#connection)
    this.#multipart = new S3Multipart(this.#connection, this.#writer)
  }

  get learned(): ServiceTraits {
    return { ifMatchForm: this.#writer.ifMatchForm }
  }

  get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    return getObject(this.#connection, at, options)
  }

  head(at: ObjectLocation, options: DriverHeadOptions): Promise<ObjectHead> {
    return headObject(this.#connection, at, options)
  }

  put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Promise<{ readonly etag: string }> {
    return putObject(this.#connection, this.#writer, at, body, options)
  }

  copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Promise<{ readonly etag: string }> {
    return copyObject(this.#connection, this.#multipart, from, to, options)
  }

  delete(at: ObjectLocation, options: DriverDeleteOptions): Promise<void> {
    return deleteObject(this.#connection, at, options)
  }

  deleteMany(bucket: string, keys: readonly string[], options: Cancellable): Promise<readonly DeleteFailure[]> {
    return deleteObjects(this.#connection, bucket, keys, options)
  }

  list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    return listObjects(this.#connection, bucket, prefix, options)
  }

  createMultipart(at: ObjectLocation, options: DriverPutOptions): Promise<string> {
    return this.#multipart.create(at, options)
  }

  uploadPart(
    at: ObjectLocation,
    uploadId: string,
    partNumber: number,
    body: DriverBody,
    options: Cancellable,
  ): Promise<{ readonly etag: string }> {
    return this.#multipart.uploadPart(at, uploadId, partNumber, body, options)
  }

  completeMultipart(
    at: ObjectLocation,
    uploadId: string,
    parts: readonly Omit<UploadedPart, 'size'>[],
    options: Cancellable & { readonly mode: WriteMode },
  ): Promise<{ readonly etag: string }> {
    return this.#multipart.complete(at, uploadId, parts, options)
  }

  abortMultipart(at: ObjectLocation, uploadId: string, options: Cancellable): Promise<void> {
    return this.#multipart.abort(at, uploadId, options)
  }

  listParts(at: ObjectLocation, uploadId: string, options: Cancellable): Promise<readonly UploadedPart[]> {
    return this.#multipart.listParts(at, uploadId, options)
  }

  listMultipart(bucket: string, prefix: string, options: Cancellable): Promise<readonly UnfinishedUpload[]> {
    return this.#multipart.listUploads(bucket, prefix, options)
  }

  publicUrl(at: ObjectLocation): string {
    return publicAddress(at, this.#settings)
  }

  signedUrl(at: ObjectLocation, options: DriverSignOptions): Promise<string> {
    return signedUrl(this.#connection, at, options)
  }

  presignUpload(at: ObjectLocation, options: DriverPresignOptions): Promise<PresignedUpload> {
    return presignUpload(this.#connection, at, options)
  }

  explain(error: unknown): Explanation {
    return explainFailure(error)
  }

  /** A client that was handed in stays open: it is its owner's. */
  close(): Promise<void> {
    return this.#connection.close()
  }
}
