import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type {
  DriverBody,
  DriverCopyOptions,
  DriverDeleteOptions,
  DriverGetOptions,
  DriverHeadOptions,
  DriverListOptions,
  DriverPutOptions,
  Explanation,
  ListPage,
  ObjectAttributes,
  ObjectHead,
  ObjectInfo,
  ObjectLocation,
  StorageDriver,
  StoredObject,
  UnfinishedUpload,
  UploadedPart,
  WriteMode,
} from '../../contract/driver.js'
import { missingSettings } from '../../contract/missing-settings.js'
import type { BucketSettingsDriver } from '../../contract/settings-driver.js'
import { DriverError } from '../../errors.js'
import { compareKeys } from '../../keys/key-order.js'
import { cutRange } from '../../values/byte-range.js'

interface Entry {
  readonly bytes: Uint8Array
  readonly head: ObjectHead
}

interface Unfinished {
  readonly at: ObjectLocation
  readonly attributes: ObjectAttributes
  readonly initiated: Date
  readonly parts: Map<number, { readonly bytes: Uint8Array; readonly etag: string }>
}

const IN_MEMORY = {
  cors: 'memory answers no browser, so it has no CORS rules',
  lifecycle: 'memory has no lifecycle rules: what is in it goes with the process',
  publicAccess: 'memory is open to this process alone, so it has no public access',
  ownership: 'memory takes access control lists and heeds none',
  location: 'memory is in no region',
}

/** Objects in this process's memory: for tests and for trying things out. Buckets exist as soon as they are named. */
export class MemoryDriver implements StorageDriver {
  readonly name = 'memory'
  readonly bucket: string | undefined
  readonly settings: BucketSettingsDriver = {
    ...missingSettings(IN_MEMORY),
    createBucket: async (bucket) => {
      if (this.#buckets.has(bucket)) return 'already-yours'
      this.#objects(bucket)
      return 'created'
    },
  }
  readonly #buckets = new Map<string, Map<string, Entry>>()
  readonly #uploads = new Map<string, Unfinished>()

  constructor(options: { readonly bucket?: string | undefined } = {}) {
    this.bucket = options.bucket
  }

  async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    const { bytes, head } = this.#entry(at, options)
    const range = cutRange(options.range, bytes.length)
    const cut = Buffer.from(bytes.subarray(range.offset, range.offset + range.length))
    return { ...ownHead(head), range: options.range && range, body: Readable.from([cut], { objectMode: false }) }
  }

  async head(at: ObjectLocation, options: DriverHeadOptions): Promise<ObjectHead> {
    return ownHead(this.#entry(at, options).head)
  }

  async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Promise<{ readonly etag: string }> {
    const bytes = await collect(body)
    options.signal?.throwIfAborted()
    return this.#write(at, bytes, options.attributes, options.mode)
  }

  async copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Promise<{ readonly etag: string }> {
    const { bytes, head } = this.#entry(from, { ifMatch: options.sourceIfMatch })
    return this.#write(to, bytes, options.attributes ?? head, 'overwrite')
  }

  async delete(at: ObjectLocation, { ifMatch }: DriverDeleteOptions = {}): Promise<void> {
    const objects = this.#objects(at.bucket)
    const etag = objects.get(at.key)?.head.etag
    if (ifMatch !== undefined && etag !== undefined && etag !== ifMatch) {
      throw new DriverError('precondition-failed', `its ETag is ${etag}, not ${ifMatch}`)
    }
    objects.delete(at.key)
  }

  async deleteMany(bucket: string, keys: readonly string[]): Promise<readonly []> {
    for (const key of keys) this.#objects(bucket).delete(key)
    return []
  }

  async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const after = options.cursor ?? options.startAfter
    const objects: ObjectInfo[] = []
    const prefixes: string[] = []
    let cursor: string | undefined
    for (const [key, { head }] of sortedByBytes(this.#objects(bucket))) {
      if (!key.startsWith(prefix)) continue
      const cut = options.delimiter ? key.indexOf(options.delimiter, prefix.length) : -1
      const name = cut === -1 ? key : key.slice(0, cut + 1)
      if (after !== undefined && compareKeys(name, after) <= 0) continue
      if (cut !== -1 && prefixes.at(-1) === name) continue
      if (objects.length + prefixes.length === options.pageSize) return { objects, prefixes, cursor }
      if (cut === -1) objects.push(infoOf(head))
      else prefixes.push(name)
      cursor = name
    }
    return { objects, prefixes }
  }

  async createMultipart(at: ObjectLocation, options: DriverPutOptions): Promise<string> {
    const uploadId = randomUUID()
    this.#uploads.set(uploadId, { at, attributes: options.attributes, initiated: new Date(), parts: new Map() })
    return uploadId
  }

  async uploadPart(
    at: ObjectLocation,
    uploadId: string,
    partNumber: number,
    body: DriverBody,
  ): Promise<{ readonly etag: string }> {
    const upload = this.#upload(at, uploadId)
    const bytes = Uint8Array.from(await collect(body))
    const etag = etagOf(bytes)
    upload.parts.set(partNumber, { bytes, etag })
    return { etag }
  }

  async completeMultipart(
    at: ObjectLocation,
    uploadId: string,
    parts: readonly Omit<UploadedPart, 'size'>[],
    options: { readonly mode: WriteMode },
  ): Promise<{ readonly etag: string }> {
    const upload = this.#upload(at, uploadId)
    const chosen = parts.map(({ partNumber, etag }) => {
      const part = upload.parts.get(partNumber)
      if (part?.etag !== etag)
        throw new DriverError('invalid-argument', `part ${partNumber} with that ETag was never uploaded`)
      return part.bytes
    })
    const written = this.#write(at, Buffer.concat(chosen), upload.attributes, options.mode)
    this.#uploads.delete(uploadId)
    return written
  }

  async abortMultipart(_at: ObjectLocation, uploadId: string): Promise<void> {
    this.#uploads.delete(uploadId)
  }

  async listParts(at: ObjectLocation, uploadId: string): Promise<readonly UploadedPart[]> {
    const { parts } = this.#upload(at, uploadId)
    return [...parts]
      .map(([partNumber, { bytes, etag }]) => ({ partNumber, etag, size: bytes.length }))
      .sort((a, b) => a.partNumber - b.partNumber)
  }

  async listMultipart(bucket: string, prefix: string): Promise<readonly UnfinishedUpload[]> {
    return [...this.#uploads]
      .filter(([, { at }]) => at.bucket === bucket && at.key.startsWith(prefix))
      .map(([uploadId, { at, initiated }]) => ({ key: at.key, uploadId, initiated }))
  }

  publicUrl(): string {
    throw new DriverError('unsupported', 'objects in memory have no address: set publicBaseUrl, or use the disk driver')
  }

  async signedUrl(): Promise<string> {
    throw new DriverError('unsupported', 'objects in memory have no signed address: use the disk driver')
  }

  async presignUpload(): Promise<never> {
    throw new DriverError('unsupported', 'memory takes no uploads from outside this process: use the disk driver')
  }

  explain(error: unknown): Explanation {
    return { code: 'unknown', message: error instanceof Error ? error.message : String(error) }
  }

  async close(): Promise<void> {}

  #objects(bucket: string): Map<string, Entry> {
    const objects = this.#buckets.get(bucket) ?? new Map<string, Entry>()
    this.#buckets.set(bucket, objects)
    return objects
  }

  #entry(at: ObjectLocation, conditions: DriverHeadOptions): Entry {
    const entry = this.#objects(at.bucket).get(at.key)
    if (!entry) throw new DriverError('not-found', 'there is no such object')
    const { ifMatch, ifNoneMatch } = conditions
    if (ifMatch !== undefined && ifMatch !== entry.head.etag) {
      throw new DriverError('precondition-failed', `its ETag is ${entry.head.etag}, not ${ifMatch}`)
    }
    if (ifNoneMatch === entry.head.etag)
      throw new DriverError('precondition-failed', `its ETag is still ${ifNoneMatch}`)
    return entry
  }

  #write(
    at: ObjectLocation,
    bytes: Uint8Array,
    attributes: ObjectAttributes,
    mode: WriteMode,
  ): { readonly etag: string } {
    const objects = this.#objects(at.bucket)
    const current = objects.get(at.key)
    if (mode === 'create' && current)
      throw new DriverError('already-exists', 'there is an object with this key already')
    if (typeof mode === 'object' && current?.head.etag !== mode.ifMatch) {
      throw new DriverError(
        'precondition-failed',
        current ? `its ETag is ${current.head.etag}, not ${mode.ifMatch}` : 'it is not there',
      )
    }
    const { contentType, cacheControl, contentDisposition, contentEncoding, metadata = {} } = attributes
    const etag = etagOf(bytes)
    const head = {
      key: at.key,
      size: bytes.length,
      etag,
      lastModified: new Date(),
      contentType,
      cacheControl,
      contentDisposition,
      contentEncoding,
      metadata,
    }
    objects.set(at.key, { bytes: Uint8Array.from(bytes), head })
    return { etag }
  }

  #upload(at: ObjectLocation, uploadId: string): Unfinished {
    const upload = this.#uploads.get(uploadId)
    if (upload?.at.key === at.key && upload.at.bucket === at.bucket) return upload
    throw new DriverError('not-found', 'there is no such multipart upload')
  }
}

async function collect(body: DriverBody): Promise<Uint8Array> {
  return body.kind === 'bytes' ? body.bytes : buffer(body.stream)
}

/** A caller may change what it gets: the object stays as it is. */
function ownHead(head: ObjectHead): ObjectHead {
  return { ...head, ...infoOf(head), metadata: { ...head.metadata } }
}

function infoOf({ key, size, etag, lastModified }: ObjectHead): ObjectInfo {
  return { key, size, etag, lastModified: new Date(lastModified) }
}

function etagOf(bytes: Uint8Array): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`
}

function sortedByBytes(objects: Map<string, Entry>): [string, Entry][] {
  return [...objects].sort(([a], [b]) => compareKeys(a, b))
}
