import { Readable } from 'node:stream'
import type {
  Acl,
  Cancellable,
  CopiedObject,
  ObjectHead,
  ObjectLocation,
  ObjectVersion,
  PresignedUpload,
  ServiceTraits,
  StorageDriver,
  StoredObject,
  UnfinishedUpload,
} from '../contract/driver.js'
import { DriverError } from '../errors.js'
import { fileToKey, keyToFile, keyToRelativePath } from '../keys/content-path.js'
import { encodeKey, joinKey, parsePrefix } from '../keys/object-key.js'
import { toSourceBody, type UploadBody } from '../transfer/upload-body.js'
import { checkAcl, checkEtag, checkOneOf } from '../values/option-checks.js'
import { baseOf, rawAddress, withScheme } from '../values/web-address.js'
import { BucketSettings } from './bucket-settings.js'
import { copyObject, copyPlan, moveObject } from './copy-object.js'
import type { CallSubject, DriverCalls } from './driver-calls.js'
import { getObject, getPlan, readConditions } from './get-object.js'
import { describeKey, type KeyInput, keyOf } from './key-input.js'
import { listPlan } from './list-plan.js'
import { ObjectListing } from './listing.js'
import { openLocalFile, writeLocalFile } from './local-file.js'
import { type MultipartUpload, openMultipart } from './multipart-upload.js'
import { openCalls } from './open-calls.js'
import type {
  AddressOptions,
  CopyOptions,
  CopyPrefixOptions,
  DeleteOptions,
  DownloadOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  MovePrefixOptions,
  MultipartOptions,
  PrefixOptions,
  PresignUploadOptions,
  PublicUrlOptions,
  PutOptions,
  SignedUrlOptions,
} from './options.js'
import { copyCurrent, deleteListed, prefixPair, transferListed, withoutCounterpart } from './prefix-work.js'
import { presignPlan, signPlan } from './presign-plan.js'
import { putObject, putPlan } from './put-object.js'

const DELETE_BATCH = 1000

/**
 * What applications hold: one bucket, over whichever driver is handed in.
 *
 * A subclass names the bucket and what is particular to it; the driver knows how to reach it.
 *
 * ```ts
 * class Avatars extends BucketStore {
 *   readonly bucket = 'avatars-smashing'
 * }
 * const avatars = new Avatars(openDriver('file:./data'))
 * ```
 *
 * Every method fails with a StoreError that names the cause; an abort rejects with the signal's reason.
 */
export abstract class BucketStore {
  abstract readonly bucket: string
  /** Put before every key, for several stores in one bucket. Ends in `/`, or is empty. */
  readonly prefix: string = ''
  /** Access control list of what is written. Default: none is sent, as most buckets refuse them. */
  readonly acl: Acl | undefined = undefined
  /**
   * Whether `/uploads/leo.jpg`, as the AWS SDK for PHP v3 wrote the article's paths, is an object at `uploads/leo.jpg`
   * where there is no other: `included` reads, lists, copies and removes both, and writes none with a slash.
   * `renameLeadingSlashKeys` makes it needless. Default: `ignored`.
   */
  readonly legacyLeadingSlashKeys: 'included' | 'ignored' = 'ignored'
  /** The directory whose files `upload` and `download` map to keys. */
  readonly contentDir: string | undefined = undefined
  /**
   * Where the public reads, for example a CDN: scheme, host and path above the keys, or a path on this server. With
   * several, every key keeps one of them. Default: the driver's address.
   */
  readonly publicBaseUrl: string | readonly string[] | undefined = undefined
  /** Which kind of address `url` gives. */
  readonly visibility: 'public' | 'signed' = 'public'

  readonly #driver: StorageDriver
  #opened: DriverCalls | undefined

  constructor(driver: StorageDriver) {
    this.#driver = driver
  }

  /**
   * Opens an object. Read the `body` to its end or destroy it.
   *
   * @throws StoreError `not-found`, `precondition-failed`, `invalid-argument` where the range starts past the end
   */
  async get(key: KeyInput, options: GetOptions = {}): Promise<StoredObject> {
    return this.#onKey('get', key, options, async (calls, at) => getObject(calls, at, getPlan(options)))
  }

  /** Everything about an object but its bytes. */
  async head(key: KeyInput, options: HeadOptions = {}): Promise<ObjectHead> {
    return this.#onKey('head', key, options, (calls, at, subject) => {
      const conditions = readConditions(options)
      return calls.run(subject, (driver) => driver.head(at, conditions))
    })
  }

  /**
   * Stores the whole body, or nothing.
   *
   * One request where the length is known or the body fits into one part, otherwise parts of bounded memory. An error
   * of a source stream is thrown as it is. A Readable is read to its end, or destroyed.
   *
   * @throws StoreError `integrity`; from conditional modes `already-exists`, `precondition-failed`, `outcome-unknown`
   */
  async put(key: KeyInput, body: UploadBody, options: PutOptions = {}): Promise<ObjectVersion> {
    try {
      return await this.#onKey('put', key, options, (calls, at) => {
        const plan = putPlan(options, this.#aclOf(options.acl))
        return putObject(calls, at, toSourceBody(body, plan.contentLength), plan)
      })
    } finally {
      // Also where the put was refused before its first byte: the source would hold its file or connection for ever.
      if (body instanceof Readable) body.destroy()
    }
  }

  /**
   * Every object below a prefix, all pages, in UTF-8 byte order.
   *
   * @param prefix Empty for everything, else ends in `/`, so that `users/1/` never matches `users/10/`.
   */
  list(prefix = '', options: ListOptions = {}): ObjectListing {
    return this.#made('list', prefix, () => new ObjectListing(this.#calls(), parsePrefix(prefix), listPlan(options)))
  }

  /** Copies inside the bucket, without moving the bytes through this process. */
  async copy(from: KeyInput, to: KeyInput, options: CopyOptions = {}): Promise<CopiedObject> {
    return this.#onKey('copy', from, options, async (calls, source) =>
      copyObject(calls, source, this.#at(to), copyPlan(options, this.#aclOf(options.acl))),
    )
  }

  /**
   * Copies one version to another key, and removes that version. Done twice, or broken off in between, it loses nothing.
   *
   * @throws StoreError `precondition-failed` where another version came meanwhile: it stays where it is. (Services without
   *   conditional deletes are asked just before the removal; what comes in that moment is removed.)
   */
  async move(from: KeyInput, to: KeyInput, options: CopyOptions = {}): Promise<CopiedObject> {
    return this.#onKey('move', from, options, async (calls, source) =>
      moveObject(calls, source, this.#at(to), copyPlan(options, this.#aclOf(options.acl))),
    )
  }

  /** Deletes an object. One that is not there is no error. */
  async delete(key: KeyInput, options: DeleteOptions = {}): Promise<void> {
    await this.#onKey('delete', key, options, async (calls, at, subject) => {
      const plan = { ifMatch: checkEtag('ifMatch', options.ifMatch), signal: options.signal }
      await calls.run(subject, (driver) => driver.delete(at, plan))
    })
  }

  /**
   * Copies everything below a prefix to the same place below another, several objects at a time.
   *
   * What is wrong with one object is reported after the rest was copied. With `existing: 'keep'`, a copy that broke off
   * goes on where it was.
   *
   * @returns How many objects were copied.
   */
  async copyPrefix(from: string, to: string, options: CopyPrefixOptions = {}): Promise<number> {
    return this.#onPrefix('copy-prefix', from, options, async (calls) => {
      const pair = prefixPair(from, to)
      const existing = checkOneOf('existing', options.existing ?? 'overwrite', ['overwrite', 'keep'])
      const { signal } = options
      const sources = this.list(from, { signal })
      const wanted = existing === 'keep' ? withoutCounterpart(sources, this.list(to, { signal }), pair) : sources
      return transferListed(calls, wanted, pair, copyCurrent, { ...options, acl: this.#aclOf(options.acl) })
    })
  }

  /**
   * Moves everything below a prefix to the same place below another, each object as `move` does. Broken off, it goes on
   * when it is called again.
   *
   * @returns How many objects were moved.
   */
  async movePrefix(from: string, to: string, options: MovePrefixOptions = {}): Promise<number> {
    return this.#onPrefix('move-prefix', from, options, async (calls) => {
      const pair = prefixPair(from, to)
      const sources = this.list(from, { signal: options.signal })
      return transferListed(calls, sources, pair, moveObject, { ...options, acl: this.#aclOf(options.acl) })
    })
  }

  /**
   * Deletes everything below a prefix, a thousand objects by one request. What fails is reported after the rest is gone.
   *
   * @returns How many objects were deleted.
   */
  async deletePrefix(prefix: string, options: PrefixOptions = {}): Promise<number> {
    return this.#onPrefix('delete-prefix', prefix, options, async (calls) => {
      const listing = this.list(prefix, { pageSize: DELETE_BATCH, signal: options.signal })
      return deleteListed(calls, listing, prefix, options)
    })
  }

  /** The address that works where the object is public: below `publicBaseUrl`, or at the service. No request is made. */
  publicUrl(key: KeyInput, options: PublicUrlOptions = {}): string {
    return this.#made('public-url', describeKey(key), () => {
      const address = withScheme(this.#publicAddress(this.#at(key)), options.scheme)
      return checkOneOf('form', options.form ?? 'encoded', ['encoded', 'raw']) === 'raw' ? rawAddress(address) : address
    })
  }

  /** An address that lets anyone who holds it read the object until it expires. */
  async signedUrl(key: KeyInput, options: SignedUrlOptions = {}): Promise<string> {
    return this.#onKey('signed-url', key, options, async (calls, at) => {
      const signed = await calls.driver.signedUrl(at, signPlan(options))
      return withScheme(signed, options.scheme)
    })
  }

  /** The address to show: public or signed, as the store's `visibility` says. */
  async url(key: KeyInput, options: AddressOptions = {}): Promise<string> {
    const { scheme, signal } = options
    return this.visibility === 'public' ? this.publicUrl(key, { scheme }) : this.signedUrl(key, { scheme, signal })
  }

  /** The addresses of everything below a prefix; empty placeholder objects whose key ends in `/` are left out. */
  async urls(prefix: string, options: AddressOptions = {}): Promise<string[]> {
    const urls: string[] = []
    for await (const object of this.list(prefix, { signal: options.signal })) {
      if (!object.key.endsWith('/')) urls.push(await this.url(object, options))
    }
    return urls
  }

  /**
   * An upload that a browser does itself, straight to the bucket, pinned to key, type, size and expiry.
   *
   * @throws StoreError `unsupported` where the service lacks the method: the probe tells beforehand
   */
  async presignUpload(key: KeyInput, options: PresignUploadOptions): Promise<PresignedUpload> {
    return this.#onKey('presign-upload', key, {}, (calls, at) =>
      calls.driver.presignUpload(at, presignPlan(options, this.#aclOf(options.acl))),
    )
  }

  /** Starts an upload in parts, or goes on with one that any server started. */
  async multipart(key: KeyInput, options: MultipartOptions = {}): Promise<MultipartUpload> {
    return this.#onKey('create-multipart', key, options, (calls, at) =>
      openMultipart(calls, at, options, this.#aclOf(options.acl)),
    )
  }

  /** Uploads in parts below a prefix that were neither completed nor aborted. */
  async unfinishedUploads(prefix = '', options: Cancellable = {}): Promise<readonly UnfinishedUpload[]> {
    const { signal } = options
    return this.#onPrefix('list-multipart', prefix, options, (calls, subject) => {
      const parsed = parsePrefix(prefix)
      return calls.run(subject, (driver) => driver.listMultipart(this.bucket, parsed, { signal }))
    })
  }

  /**
   * Stores a file below `contentDir` at the key that its path there says, with the type that its content says.
   *
   * @returns The key, to hand to the next step as `relativePath(key)`.
   */
  async upload(file: string, options: PutOptions = {}): Promise<ObjectVersion> {
    const key = this.key(file)
    return this.#onKey('upload', key, options, async () => {
      const { stream, length, contentType } = await openLocalFile(keyToFile(this.#contentDir(), key))
      return this.put(key, stream, {
        ...options,
        contentType: options.contentType ?? contentType,
        contentLength: length,
      })
    })
  }

  /** Fetches an object into its file below `contentDir`. Missing folders are made; a failure leaves no partial file. */
  async download(file: string, options: DownloadOptions = {}): Promise<ObjectHead> {
    const key = this.key(file)
    return this.#onKey('download', key, options, async () => {
      // A file is always whole, whatever the object of a caller without types says.
      const { body, range: _range, ...head } = await this.get(key, { ...options, range: undefined })
      await writeLocalFile(keyToFile(this.#contentDir(), key), body)
      return head
    })
  }

  /** The key of a file below `contentDir`. */
  key(file: string): string {
    return this.#made('convert-path', file, () => fileToKey(this.#contentDir(), file))
  }

  /** The file of a key or relative path, below `contentDir`. */
  file(key: string): string {
    return this.#made('convert-path', key, () => keyToFile(this.#contentDir(), key))
  }

  /** What forms carry from step to step: the key with a leading slash. */
  relativePath(key: string): string {
    return this.#made('convert-path', key, () => keyToRelativePath(key))
  }

  /** What the whole bucket is set to, whatever this store's `prefix` is: for the one who sets it up. */
  get settings(): BucketSettings {
    this.#calls()
    return new BucketSettings(this.#driver, this.bucket)
  }

  /** What the driver found out about the service so far. */
  get learned(): ServiceTraits {
    return this.#driver.learned ?? {}
  }

  /** Releases the driver's connections. */
  async close(): Promise<void> {
    await this.#driver.close()
  }

  async #onKey<T>(
    operation: string,
    key: KeyInput,
    options: Cancellable,
    work: (calls: DriverCalls, at: ObjectLocation, subject: CallSubject) => Promise<T>,
  ): Promise<T> {
    const calls = this.#calls()
    const subject = { operation, key: describeKey(key), signal: options.signal }
    return calls.guard(subject, () => {
      const at = this.#at(key)
      return work(calls, at, { ...subject, key: at.key })
    })
  }

  async #onPrefix<T>(
    operation: string,
    prefix: string,
    options: Cancellable,
    work: (calls: DriverCalls, subject: CallSubject) => Promise<T>,
  ): Promise<T> {
    const calls = this.#calls()
    const subject = { operation, key: prefix, signal: options.signal }
    return calls.guard(subject, () => work(calls, subject))
  }

  #calls(): DriverCalls {
    this.#opened ??= openCalls(this, this.#driver)
    return this.#opened
  }

  #publicAddress(at: ObjectLocation): string {
    const { driver } = this.#calls()
    if (this.publicBaseUrl === undefined) return driver.publicUrl(at)
    const key = joinKey(parsePrefix(this.prefix), at.key)
    return `${baseOf(key, this.publicBaseUrl)}/${encodeKey(key)}`
  }

  #at(key: KeyInput): ObjectLocation {
    return { bucket: this.bucket, key: keyOf(key) }
  }

  #aclOf(acl: Acl | 'none' | undefined): Acl | undefined {
    const chosen = checkAcl(acl) ?? checkAcl(this.acl)
    return chosen === 'none' ? undefined : chosen
  }

  #contentDir(): string {
    if (this.contentDir !== undefined) return this.contentDir
    throw new DriverError('invalid-argument', 'set contentDir in the subclass to work with local files')
  }

  /** What needs no request, with its errors as those of a call. */
  #made<T>(operation: string, key: string, make: () => T): T {
    try {
      return make()
    } catch (error) {
      throw this.#calls().wrap({ operation, key }, error)
    }
  }
}
