import type { Acl, ByteRange, Cancellable, ObjectAttributes, WriteMode } from './driver.js'
import { DriverError, show } from './errors.js'
import type { KeyInput } from './key-input.js'

/** What to read, and under which condition. */
export interface GetOptions extends Cancellable {
  readonly range?: ByteRange
  /** Only if the object still has this ETag, else `precondition-failed`. */
  readonly ifMatch?: string
  /** Only if the object no longer has this ETag, else `precondition-failed`. */
  readonly ifNoneMatch?: string
  /**
   * Requests at a time, 1 to 64. Default 1: the whole in one request. With more, a large object is fetched in parts that
   * all have the ETag of the first, and whose connections are opened again where they break. Up to `concurrency` times
   * `partSizeInBytes` are held in memory; the bytes come in order.
   */
  readonly concurrency?: number
  /** Bytes per request where there are several, 5 MiB to 5 GiB. Default 8 MiB. */
  readonly partSizeInBytes?: number
}

/** The conditions of `get`. */
export type HeadOptions = Pick<GetOptions, 'ifMatch' | 'ifNoneMatch' | 'signal'>

/** What `download` heeds of `get`. */
export type DownloadOptions = Omit<GetOptions, 'range'>

/** What is stored beside the bytes, and how. */
export interface PutOptions extends ObjectAttributes, Cancellable {
  /** What may be replaced. Default `overwrite`. */
  readonly mode?: WriteMode
  /** Default: the store's `acl`. `none` sends no ACL header at all. */
  readonly acl?: Acl | 'none'
  /** Bytes in the body. A stream is then sent as one request. A body of another length is not stored (`integrity`). */
  readonly contentLength?: number
  /** MD5 of the body, 32 lower-case hex digits. A body that differs is not stored (`integrity`). */
  readonly md5?: string
  /** Bytes per part of a stream of unknown length, 5 MiB to 5 GiB; held in memory. Default 8 MiB. */
  readonly partSizeInBytes?: number
  /**
   * Parts of a stream of unknown length that are in memory, each being read or sent, 1 to 64. Default 2. (Two are held at
   * the start in any case, to learn whether parts are needed.)
   */
  readonly concurrency?: number
}

/** What the object shall be once it is complete. */
export interface MultipartOptions extends ObjectAttributes, Cancellable {
  /** Goes on with the upload that has this id. Default: a new one is started. */
  readonly uploadId?: string
  readonly mode?: WriteMode
  readonly acl?: Acl | 'none'
}

/** What the copy shall be. It overwrites. */
export interface CopyOptions extends Cancellable {
  /** Replaces the source's attributes. Default: they are kept. */
  readonly attributes?: ObjectAttributes
  readonly acl?: Acl | 'none'
  /** Only if the source still has this ETag, else `precondition-failed`. */
  readonly sourceIfMatch?: string
}

/** Under which condition to delete. */
export interface DeleteOptions extends Cancellable {
  /**
   * Only if the object still has this ETag, else `precondition-failed`. One that is gone is no error. `unsupported` where
   * the service would ignore it.
   */
  readonly ifMatch?: string
}

/** How far work on everything below a prefix has come. */
export interface PrefixProgress {
  /** The key that was finished last. */
  readonly key: string
  /** How many objects are finished. */
  readonly objects: number
  /** Their size together, in bytes. */
  readonly bytes: number
}

/** How to work on everything below a prefix. */
export interface PrefixOptions extends Cancellable {
  /** Objects at a time (for `deletePrefix`, requests of 1000 keys), 1 to 64. Default 8. */
  readonly concurrency?: number
  /** Called after every object (for `deletePrefix`, after every request). */
  readonly onProgress?: (progress: PrefixProgress) => void
}

/** How to move everything below a prefix. */
export interface MovePrefixOptions extends PrefixOptions {
  /** Of the new objects. Default: the store's `acl`. `none` sends no ACL header at all. */
  readonly acl?: Acl | 'none'
}

/** How to copy everything below a prefix. */
export interface CopyPrefixOptions extends MovePrefixOptions {
  /**
   * What becomes of objects that are at their new place already: `overwrite` (default) copies again, `keep` leaves them
   * as they are, so that a copy that broke off goes on where it was.
   */
  readonly existing?: 'overwrite' | 'keep'
}

/** Where a listing begins, and how it is cut into pages. */
export interface ListOptions extends Cancellable {
  /** Keys up to and including this one are left out. It need not exist, and may end in `/`. */
  readonly startAfter?: KeyInput
  /** `/` shows one level: deeper keys are folded into the pages' `prefixes`. */
  readonly delimiter?: '/'
  /** Objects and prefixes per request, 1 to 1000. Default 1000. */
  readonly pageSize?: number
}

/** How an address is written. */
export interface AddressOptions extends Cancellable {
  /**
   * `https` or `http`, for example that of the request whose answer shows the address. Default: as configured. A base
   * that is a path always has the page's own.
   */
  readonly scheme?: 'https' | 'http'
}

/** How a public address is written. */
export interface PublicUrlOptions extends Omit<AddressOptions, 'signal'> {
  /**
   * `encoded` (the default) works in a browser and in any attribute of a page. `raw` is the same without
   * percent-encoding, as WordPress keeps it: for comparing and for eyes, never for a page or a request.
   */
  readonly form?: 'encoded' | 'raw'
}

/** What a signed address allows, and the headers that its answer shall have. */
export interface SignedUrlOptions extends AddressOptions {
  /** Default 300; at most 604800 (7 days). Temporary credentials may end it earlier. */
  readonly expiresInSeconds?: number
  /** Default `GET`. */
  readonly method?: 'GET' | 'HEAD'
  readonly responseContentType?: string
  readonly responseContentDisposition?: string
}

/** What may be uploaded: a form (`POST`) of a range of sizes, or a `PUT` of one size. */
export type PresignUploadOptions = {
  /** Media type that the upload must declare. */
  readonly contentType: string
  /** Default 300; at most 604800 (7 days). */
  readonly expiresInSeconds?: number
  readonly metadata?: Readonly<Record<string, string>>
  readonly acl?: Acl | 'none'
} & (
  | {
      readonly method: 'POST'
      /** Default 1. */
      readonly minBytes?: number
      readonly maxBytes: number
      /**
       * Where the browser goes once the file is stored, for forms without script: an absolute http or https URL without
       * a query. The service adds one of `bucket`, `key` and `etag`, which anybody could: ask the bucket whether it is there.
       */
      readonly successRedirect?: string
    }
  | {
      readonly method: 'PUT' /** The exact size. */
      readonly contentLength: number
      readonly mode?: 'overwrite' | 'create'
    }
)

/** What one presigned part may be. */
export interface PresignPartOptions {
  /**
   * The part's exact size in bytes. `any` for clients that do not tell it beforehand: then nothing limits a part but the
   * service (5 GiB), so that the sizes of `parts` must be checked before they are completed.
   */
  readonly contentLength: number | 'any'
  /** Default 300; at most 604800 (7 days). */
  readonly expiresInSeconds?: number
}

export const MIN_PART_BYTES = 5 * 1024 ** 2
export const DEFAULT_PART_BYTES = 8 * 1024 ** 2
const MAX_PART_BYTES = 5 * 1024 ** 3
const MAX_EXPIRY_SECONDS = 604_800
/** Proxies and gateways drop or rewrite header names with `_`, so there is none. */
const TOKEN = "[\\w!#$%&'*+.^`|~-]+"
/** RFC 9110, section 8.3.1. */
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(\\s*;\\s*${TOKEN}=(${TOKEN}|"[^"]*"))*$`)
const METADATA_NAME = /^[a-z0-9][a-z0-9-]*$/i
const ACLS: readonly (Acl | 'none')[] = [
  'private',
  'public-read',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'none',
]

export function checkInteger(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new DriverError(
      'invalid-argument',
      `expected ${name} to be an integer from ${min} to ${max}; received ${show(value)}`,
    )
  }
  return value
}

/** One of a few words. */
export function checkOneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  const words = allowed.map((word) => show(word)).join(', ')
  throw new DriverError('invalid-argument', `expected ${name} to be one of ${words}; received ${show(value)}`)
}

export function checkAcl(acl: Acl | 'none' | undefined): Acl | 'none' | undefined {
  return acl === undefined ? undefined : checkOneOf('acl', acl, ACLS)
}

export function checkEtag<T extends string | undefined>(name: string, etag: T): T {
  if (etag === undefined || (typeof etag === 'string' && /^[\x21-\x7e]+$/.test(etag))) return etag
  throw new DriverError(
    'invalid-argument',
    `expected ${name} to be an ETag as the store gave it; received ${show(etag)}`,
  )
}

export function checkHeader<T extends string | undefined>(name: string, value: T): T {
  if (value === undefined || (typeof value === 'string' && /^[\x20-\x7e]+$/.test(value))) return value
  const cure = name.endsWith('isposition') ? " (a file name with other characters goes into filename*=UTF-8'')" : ''
  throw new DriverError('invalid-argument', `expected ${name} to be printable ASCII${cure}; received ${show(value)}`)
}

/** Services add a query to the address, and some do so with a second `?`: it has none of its own. */
export function checkRedirect<T extends string | undefined>(name: string, value: T): T {
  if (value === undefined) return value
  const url = checkHeader(name, value) && URL.canParse(value) ? new URL(value) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username + url.password === '' && !/[?#]/.test(value)) return value
  throw new DriverError(
    'invalid-argument',
    `expected ${name} to be an absolute http or https URL without user, password, query and fragment; received ` +
      (url ? 'another URL' : show(value)),
  )
}

export function checkExpiry(seconds = 300): number {
  return checkInteger('expiresInSeconds', seconds, 1, MAX_EXPIRY_SECONDS)
}

export function checkConcurrency(requests: number): number {
  return checkInteger('concurrency', requests, 1, 64)
}

export function checkPartSize(bytes = DEFAULT_PART_BYTES): number {
  return checkInteger('partSizeInBytes', bytes, MIN_PART_BYTES, MAX_PART_BYTES)
}

export function checkMd5(md5: string | undefined): string | undefined {
  if (md5 !== undefined && !/^[0-9a-f]{32}$/.test(md5)) {
    throw new DriverError('invalid-argument', `expected md5 to be 32 lower-case hex digits; received ${show(md5)}`)
  }
  return md5
}

export function checkRange(range: ByteRange | undefined): ByteRange | undefined {
  if (range === undefined) return undefined
  if ('suffix' in range) return { suffix: checkInteger('range.suffix', range.suffix, 1, Number.MAX_SAFE_INTEGER) }
  const offset = checkInteger('range.offset', range.offset, 0, Number.MAX_SAFE_INTEGER)
  if (range.length === undefined) return { offset }
  return { offset, length: checkInteger('range.length', range.length, 0, Number.MAX_SAFE_INTEGER) }
}

export function checkMode(mode: WriteMode | undefined): WriteMode {
  if (mode === undefined || mode === 'overwrite' || mode === 'create') return mode ?? 'overwrite'
  if (typeof mode === 'object' && mode !== null) {
    const ifMatch = checkEtag('mode.ifMatch', mode.ifMatch)
    if (ifMatch !== undefined) return { ifMatch }
  }
  throw new DriverError(
    'invalid-argument',
    `expected mode to be "overwrite", "create" or { ifMatch: etag }; received ${show(mode)}`,
  )
}

/** Copies the attributes alone, so that later changes to the caller's object are not seen. Metadata names are folded to lower case. */
export function checkAttributes(given: ObjectAttributes): ObjectAttributes {
  return {
    contentType: checkMediaType(given.contentType),
    cacheControl: checkHeader('cacheControl', given.cacheControl),
    contentDisposition: checkHeader('contentDisposition', given.contentDisposition),
    contentEncoding: checkHeader('contentEncoding', given.contentEncoding),
    metadata: checkMetadata(given.metadata ?? {}),
  }
}

/** Browsers believe the last of several types, so that a list could turn a harmless object into a page. */
function checkMediaType(given: string | undefined): string | undefined {
  const value = checkHeader('contentType', given)
  if (value === undefined || MEDIA_TYPE.test(value)) return value
  throw new DriverError(
    'invalid-argument',
    `expected contentType to be one media type, such as "image/png" or "text/plain; charset=utf-8"; received ${show(value)}`,
  )
}

export function checkMetadata(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    const folded = name.toLowerCase()
    if (!METADATA_NAME.test(name)) {
      throw new DriverError(
        'invalid-argument',
        `expected a metadata name of letters, digits and "-"; received ${show(name)}`,
      )
    }
    if (Object.hasOwn(metadata, folded)) {
      throw new DriverError(
        'invalid-argument',
        `expected metadata names that differ in more than case; received ${show(folded)} twice`,
      )
    }
    if (typeof value !== 'string' || !value.isWellFormed()) {
      throw new DriverError(
        'invalid-argument',
        `expected the metadata value of ${show(name)} to be well-formed text; received ${show(value)}`,
      )
    }
    metadata[folded] = value
  }
  return metadata
}
