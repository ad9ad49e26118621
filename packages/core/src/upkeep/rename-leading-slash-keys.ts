import { createHash } from 'node:crypto'
import type { Acl, Cancellable, ObjectHead, ObjectInfo, StorageDriver } from '../contract/driver.js'
import { StoreError } from '../errors.js'
import { parseKey, parsePrefix } from '../keys/object-key.js'
import { deleteVersion } from '../store/copy-object.js'
import { DriverCalls } from '../store/driver-calls.js'
import { ObjectListing } from '../store/listing.js'
import { putObject, putPlan } from '../store/put-object.js'
import { inParallel } from '../transfer/in-parallel.js'
import { checkAcl, checkConcurrency, checkOneOf } from '../values/option-checks.js'

/** How to rename. */
export interface RenameOptions extends Cancellable {
  /** Only what is below this prefix, which ends in `/`. Default: everything. */
  readonly prefix?: string | undefined
  /** Only keys after this one (without the slash), for going on where an earlier run had come to. */
  readonly startAfter?: string | undefined
  /** `dry-run` reads and tells, and changes nothing. Default `rename`. */
  readonly action?: 'rename' | 'dry-run' | undefined
  /**
   * How the bytes get to the new key. `create` (the default) sends them through this process, in a write that never
   * replaces what somebody else wrote there in that moment. `copy` lets the service copy them; no service can be relied on
   * to make that conditional, so nobody may write to these keys meanwhile.
   */
  readonly transfer?: 'create' | 'copy' | undefined
  /** What becomes of an old object where there is a newer and different one. Default `keep`. */
  readonly superseded?: 'keep' | 'remove' | undefined
  /** Access control list of the renamed objects: they do not keep theirs. Default: none is sent. */
  readonly acl?: Acl | undefined
  /** Objects at a time, 1 to 64. Default 8. */
  readonly concurrency?: number | undefined
  /** Called after each object, in no particular order. */
  readonly onProgress?: ((progress: RenameProgress) => void) | undefined
}

/** What became, or in a dry run would become, of one object. */
export interface RenameProgress {
  /** The new key, without the slash. */
  readonly key: string
  readonly outcome: keyof RenameReport
  /** Why it failed. */
  readonly error?: StoreError
  /** All so far, this one included. */
  readonly report: RenameReport
}

/** Numbers of objects. */
export interface RenameReport {
  /** Now at the key without slash, and nowhere else. */
  readonly renamed: number
  /** A newer and different object was at the key without slash already, and stays. */
  readonly superseded: number
  /** Left as they were, or copied and not removed: run it again. */
  readonly failed: number
}

/**
 * Renames every object `/uploads/leo.jpg` of a bucket to `uploads/leo.jpg`, with its attributes. An object is written to
 * its new key before it is removed from the old one, so that it can be read at any moment by a store whose
 * `legacyLeadingSlashKeys` are `included`, and a run that was killed is simply started again.
 *
 * First stop what still writes the old spelling. Drivers that can hold no such keys, as that for disks, have nothing to
 * rename.
 *
 * @throws StoreError where the bucket cannot be listed, `invalid-argument`, `invalid-key`; what fails with one object is
 *   counted, and told to `onProgress`
 */
export async function renameLeadingSlashKeys(
  driver: StorageDriver,
  bucket: string,
  options: RenameOptions = {},
): Promise<RenameReport> {
  const calls = new DriverCalls(driver, bucket)
  const { prefix = '', startAfter, signal } = options
  const subject = { operation: 'rename-leading-slash-keys', key: prefix, signal }
  return calls.guard(subject, async () => {
    const rename = new LeadingSlashRename(calls, options)
    const concurrency = checkConcurrency(options.concurrency ?? 8)
    const listing = new ObjectListing(calls, `/${parsePrefix(prefix)}`, {
      startAfter: startAfter === undefined ? undefined : `/${parseKey(startAfter)}`,
      pageSize: 1000,
      signal,
    })
    try {
      await inParallel(listing, { concurrency, signal }, (old) => rename.settle(old))
    } catch (error) {
      if (!StoreError.is(error, 'invalid-key')) throw error
    }
    return rename.report
  })
}

type Outcome = Exclude<keyof RenameReport, 'failed'>

class LeadingSlashRename {
  readonly #calls: DriverCalls
  readonly #options: RenameOptions
  readonly #isDry: boolean
  readonly #isCopied: boolean
  readonly #isThorough: boolean
  readonly #acl: Acl | undefined
  #report: RenameReport = { renamed: 0, superseded: 0, failed: 0 }

  constructor(calls: DriverCalls, options: RenameOptions) {
    this.#calls = calls
    this.#options = options
    this.#isDry = checkOneOf('action', options.action ?? 'rename', ['rename', 'dry-run']) === 'dry-run'
    this.#isCopied = checkOneOf('transfer', options.transfer ?? 'create', ['create', 'copy']) === 'copy'
    this.#isThorough = checkOneOf('superseded', options.superseded ?? 'keep', ['keep', 'remove']) === 'remove'
    const acl = checkAcl(options.acl)
    this.#acl = acl === 'none' ? undefined : acl
  }

  get report(): RenameReport {
    return this.#report
  }

  async settle(old: ObjectInfo): Promise<void> {
    const key = old.key.slice(1)
    // Two slashes are another key, not another spelling of one.
    if (key === '' || key.startsWith('/')) return
    try {
      this.#tell(key, await this.#rename(old, key))
    } catch (error) {
      if (!StoreError.is(error)) throw error
      this.#tell(key, 'failed', error)
    }
  }

  async #rename(old: ObjectInfo, key: string): Promise<Outcome> {
    for (;;) {
      const newer = await this.#head(key)
      if (newer && !(await this.#isSame(old, newer))) {
        if (this.#isThorough && !this.#isDry) await this.#remove(old)
        return 'superseded'
      }
      if (this.#isDry) return 'renamed'
      if (newer || (await this.#transfer(old, key))) {
        await this.#remove(old)
        return 'renamed'
      }
    }
  }

  /** False where somebody else has written the new key meanwhile. */
  async #transfer(old: ObjectInfo, key: string): Promise<boolean> {
    const { signal } = this.#options
    const acl = this.#acl
    const at = { bucket: this.#calls.bucket, key }
    const from = { bucket: this.#calls.bucket, key: old.key }
    if (this.#isCopied) {
      const subject = { operation: 'copy', key: old.key, signal }
      await this.#calls.run(subject, (driver) => driver.copy(from, at, { acl, sourceIfMatch: old.etag, signal }))
      return true
    }
    const subject = { operation: 'get', key: old.key, signal }
    const source = await this.#calls.run(subject, (driver) => driver.get(from, { ifMatch: old.etag, signal }))
    const { size, contentType, cacheControl, contentDisposition, contentEncoding, metadata } = source
    const body = this.#calls.wrapBody(subject, source.body)
    try {
      const attributes = { contentType, cacheControl, contentDisposition, contentEncoding, metadata }
      const plan = { ...putPlan({ mode: 'create', contentLength: size, signal }, acl), attributes }
      await putObject(this.#calls, at, { kind: 'stream', stream: body, length: size }, plan)
      return true
    } catch (error) {
      if (StoreError.is(error, 'already-exists')) return false
      throw this.#calls.wrap({ operation: 'put', key, signal }, error)
    } finally {
      body.destroy()
    }
  }

  /** A copy of ours may have another ETag than its source, where one of them was uploaded in parts. */
  async #isSame(old: ObjectInfo, newer: ObjectHead): Promise<boolean> {
    if (old.etag === newer.etag) return true
    if (old.size !== newer.size) return false
    const [one, other] = await Promise.all([this.#digest(old), this.#digest(newer)])
    return one === other
  }

  async #digest({ key, etag }: ObjectInfo): Promise<string> {
    const { signal } = this.#options
    const subject = { operation: 'get', key, signal }
    const at = { bucket: this.#calls.bucket, key }
    const { body } = await this.#calls.run(subject, (driver) => driver.get(at, { ifMatch: etag, signal }))
    const hash = createHash('sha256')
    for await (const chunk of this.#calls.wrapBody(subject, body)) hash.update(chunk)
    return hash.digest('hex')
  }

  async #head(key: string): Promise<ObjectHead | undefined> {
    const { signal } = this.#options
    const at = { bucket: this.#calls.bucket, key }
    return ifThere(this.#calls.run({ operation: 'head', key, signal }, (driver) => driver.head(at, { signal })))
  }

  /** Removes the version that was renamed, and no other. */
  async #remove({ key, etag }: ObjectInfo): Promise<void> {
    await ifThere(deleteVersion(this.#calls, { bucket: this.#calls.bucket, key }, etag, this.#options.signal))
  }

  #tell(key: string, outcome: keyof RenameReport, error?: StoreError): void {
    this.#report = { ...this.#report, [outcome]: this.#report[outcome] + 1 }
    this.#options.onProgress?.({ key, outcome, ...(error && { error }), report: this.#report })
  }
}

/** Undefined where there is no such object. */
async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (StoreError.is(error, 'not-found')) return undefined
    throw error
  }
}
