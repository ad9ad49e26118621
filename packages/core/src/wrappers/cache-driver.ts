import { addAbortSignal, Readable } from 'node:stream'
import type {
  DriverGetOptions,
  DriverHeadOptions,
  ObjectHead,
  ObjectLocation,
  StorageDriver,
  StoredObject,
} from '../contract/driver.js'
import { DriverError } from '../errors.js'
import { cutRange } from '../values/byte-range.js'
import { checkInteger } from '../values/option-checks.js'
import { ByteCache } from './byte-cache.js'

/** How much the cache may hold, and what it need not ask for. */
export interface CacheOptions {
  /** Bytes of memory for everything that is kept or being fetched, 64 KiB at least. Each object takes 2 KiB beside its own bytes. */
  readonly maxBytes: number
  /** Larger objects pass through and are not kept. Default: an eighth of `maxBytes`. */
  readonly maxObjectBytes?: number | undefined
  /**
   * Tells the keys (the store's `prefix` included) that are written once and never again: what is kept of them is served
   * without asking. A removal by another process is not noticed. Default: none, every read asks for the current version.
   */
  readonly isImmutable?: ((key: string) => boolean) | undefined
}

const MIN_CACHE_BYTES = 65_536
const CHUNK_BYTES = 65_536

/**
 * A driver around a driver that keeps the bytes of what was read lately in this process's memory.
 *
 * Every read asks for the head of the current version; only bytes that are not here yet are fetched, by one request for
 * all who wait for them. So a read sees every earlier write of any server, with its attributes, and costs one HEAD
 * where the bytes are here, a HEAD and a GET where they are not.
 *
 * An object is fetched whole before its first byte is handed on. Ranges of what is not here pass through.
 *
 * ```ts
 * const avatars = new Avatars(cacheDriver(openDriver(url), { maxBytes: 64 * 1024 ** 2 }))
 * ```
 *
 * @throws DriverError `invalid-argument` where an option is out of its range
 */
export function cacheDriver(inner: StorageDriver, options: CacheOptions): StorageDriver {
  const reads = new CachedReads(inner, options)
  const changing = async <T>(bucket: string, keys: readonly string[], change: () => Promise<T>): Promise<T> => {
    try {
      return await change()
    } finally {
      for (const key of keys) reads.forget({ bucket, key })
    }
  }
  return {
    name: inner.name,
    bucket: inner.bucket,
    get learned() {
      return inner.learned
    },
    settings: inner.settings,
    get: (at, given) => reads.get(at, given),
    head: (at, given) => reads.head(at, given),
    put: (at, ...rest) => changing(at.bucket, [at.key], () => inner.put(at, ...rest)),
    copy: (from, to, given) => changing(to.bucket, [to.key], () => inner.copy(from, to, given)),
    delete: (at, given) => changing(at.bucket, [at.key], () => inner.delete(at, given)),
    deleteMany: (bucket, keys, given) => changing(bucket, keys, () => inner.deleteMany(bucket, keys, given)),
    list: (...given) => inner.list(...given),
    createMultipart: (...given) => inner.createMultipart(...given),
    uploadPart: (...given) => inner.uploadPart(...given),
    completeMultipart: (at, ...rest) => changing(at.bucket, [at.key], () => inner.completeMultipart(at, ...rest)),
    abortMultipart: (...given) => inner.abortMultipart(...given),
    listParts: (...given) => inner.listParts(...given),
    listMultipart: (...given) => inner.listMultipart(...given),
    publicUrl: (at) => inner.publicUrl(at),
    signedUrl: (...given) => inner.signedUrl(...given),
    presignUpload: (...given) => inner.presignUpload(...given),
    explain: (error) => inner.explain(error),
    close: async () => {
      reads.forgetAll()
      await inner.close()
    },
  }
}

class CachedReads {
  readonly #inner: StorageDriver
  readonly #cache: ByteCache
  readonly #maxObjectBytes: number
  readonly #isImmutable: (key: string) => boolean

  constructor(inner: StorageDriver, options: CacheOptions) {
    const maxBytes = checkInteger('maxBytes', options.maxBytes, MIN_CACHE_BYTES, Number.MAX_SAFE_INTEGER)
    this.#inner = inner
    this.#cache = new ByteCache(maxBytes)
    this.#maxObjectBytes = checkInteger(
      'maxObjectBytes',
      options.maxObjectBytes ?? Math.floor(maxBytes / 8),
      0,
      maxBytes,
    )
    this.#isImmutable = options.isImmutable ?? (() => false)
  }

  async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    const name = nameOf(at)
    if (options.range && !this.#cache.headOf(name)) return this.#inner.get(at, options)
    const head = await this.head(at, options)
    if (head.size > this.#maxObjectBytes || !this.#cache.fits(head.size)) return this.#inner.get(at, options)
    const bytes = await this.#bytesOf(at, head, options.signal)
    return bytes ? open(head, bytes, options) : this.#inner.get(at, options)
  }

  async head(at: ObjectLocation, { ifMatch, ifNoneMatch, signal }: DriverHeadOptions): Promise<ObjectHead> {
    const kept = this.#isImmutable(at.key) ? this.#cache.headOf(nameOf(at)) : undefined
    const holds = kept && ifNoneMatch !== kept.etag && (ifMatch === undefined || ifMatch === kept.etag)
    return holds ? ownHead(kept) : this.#inner.head(at, { ifMatch, ifNoneMatch, signal })
  }

  forget(at: ObjectLocation): void {
    this.#cache.forget(nameOf(at))
  }

  forgetAll(): void {
    this.#cache.clear()
  }

  /** Undefined where this version can't be had from here: there is no room now, or it is no longer the current one. */
  async #bytesOf(at: ObjectLocation, head: ObjectHead, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
    const load = (loading: AbortSignal) => loadVersion(this.#inner, at, head, loading)
    try {
      return await this.#cache.read(nameOf(at), ownHead(head), load, signal)
    } catch (error) {
      if (signal?.aborted || !this.#isGone(error)) throw error
      return undefined
    }
  }

  #isGone(error: unknown): boolean {
    const { code } = error instanceof DriverError ? error : this.#inner.explain(error)
    return code === 'precondition-failed' || code === 'not-found'
  }
}

/** All bytes of one version. Whatever else the service sends is not taken for it. */
async function loadVersion(
  inner: StorageDriver,
  at: ObjectLocation,
  { etag, size }: ObjectHead,
  signal: AbortSignal,
): Promise<Buffer> {
  const opened = await inner.get(at, { ifMatch: etag, signal })
  const body = addAbortSignal(signal, opened.body)
  if (opened.etag !== etag || opened.size !== size) {
    body.destroy()
    throw new DriverError('precondition-failed', `its ETag is ${opened.etag}, not ${etag}`)
  }
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (bytes.length === size) return bytes
  throw new DriverError('unavailable', `the body ended after ${bytes.length} of ${size} bytes; try again`)
}

function open(head: ObjectHead, bytes: Buffer, options: DriverGetOptions): StoredObject {
  const range = cutRange(options.range, bytes.length)
  const body = Readable.from(copies(bytes, range), { objectMode: false })
  return { ...head, range: options.range && range, body }
}

/** A reader may change what it gets: the cache stays as it is. */
function* copies(bytes: Buffer, { offset, length }: { readonly offset: number; readonly length: number }) {
  const end = offset + length
  for (let at = offset; at < end; at += CHUNK_BYTES) {
    yield Buffer.from(bytes.subarray(at, Math.min(end, at + CHUNK_BYTES)))
  }
}

function ownHead(head: ObjectHead): ObjectHead {
  return { ...head, lastModified: new Date(head.lastModified), metadata: { ...head.metadata } }
}

function nameOf({ bucket, key }: ObjectLocation): string {
  return `${bucket}/${key}`
}
