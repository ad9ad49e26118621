import { basename, dirname, resolve } from 'node:path'
import { Readable, Transform } from 'node:stream'
import {
  type Acl,
  BucketStore,
  type GetOptions,
  type KeyInput,
  type ObjectVersion,
  type PutOptions,
  type StorageDriver,
  type StoredObject,
  type UploadBody,
} from '@bucket-brigade/core'
import type { Place } from './buckets.js'

/** What happens on the way between a file and an object. */
export interface TransferOptions {
  readonly signal: AbortSignal
  /** Told of bytes as they pass. */
  readonly onBytes: (bytes: number) => void
}

/**
 * One local file and one object, whatever they are called: the store's own `upload` and `download` (types by content, a
 * whole file or none), with the key that the file's name would give replaced.
 */
export class BoundFile extends BucketStore {
  readonly bucket: string
  override readonly prefix: string
  override readonly acl: Acl | undefined
  override readonly contentDir: string
  readonly #object: KeyInput
  readonly #name: string
  readonly #onBytes: (bytes: number) => void

  constructor(driver: StorageDriver, store: BucketStore, object: KeyInput, file: string, { onBytes }: TransferOptions) {
    super(driver)
    this.bucket = store.bucket
    this.prefix = store.prefix
    this.acl = store.acl
    this.contentDir = dirname(resolve(file))
    this.#name = basename(resolve(file))
    this.#object = object
    this.#onBytes = onBytes
  }

  override get(_key: KeyInput, options: GetOptions = {}): Promise<StoredObject> {
    return this.#counted(super.get(this.#object, options))
  }

  override put(_key: KeyInput, body: UploadBody, options: PutOptions = {}): Promise<ObjectVersion> {
    return super.put(this.#object, body instanceof Readable ? counting(body, this.#onBytes) : body, options)
  }

  /** Sends the file. */
  async send(options: PutOptions): Promise<ObjectVersion> {
    return this.upload(this.#name, options)
  }

  /** Fetches the object into the file. */
  async fetch(signal: AbortSignal): Promise<void> {
    await this.download(this.#name, { signal })
  }

  async #counted(opening: Promise<StoredObject>): Promise<StoredObject> {
    const object = await opening
    return { ...object, body: counting(object.body, this.#onBytes) }
  }
}

/** Binds a file to an object of a place's bucket. */
export function boundFile(
  { bucket }: Pick<Place, 'bucket'>,
  object: KeyInput,
  file: string,
  options: TransferOptions,
): BoundFile {
  return new BoundFile(bucket.driver, bucket.store, object, file, options)
}

/** The same bytes, counted. What becomes of one of the two streams becomes of the other. */
export function counting(source: Readable, onBytes: (bytes: number) => void): Readable {
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      onBytes(chunk.length)
      done(null, chunk)
    },
    destroy(error, done) {
      source.destroy(error ?? undefined)
      done(error)
    },
  })
  source.on('error', (error) => counter.destroy(error))
  return source.pipe(counter)
}
