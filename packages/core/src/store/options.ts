import type { Acl, ByteRange, Cancellable, ObjectAttributes, WriteMode } from '../contract/driver.js'
import type { KeyInput } from './key-input.js'

/** What to read, and under which condition. */
export interface GetOptions extends Cancellable {
  readonly range?: ByteRange | undefined
  /** Only if the object still has this ETag, else `precondition-failed`. */
  readonly ifMatch?: string | undefined
  /** Only if the object no longer has this ETag, else `precondition-failed`. */
  readonly ifNoneMatch?: string | undefined
  /**
   * Requests at a time, 1 to 64. Default 1: the whole in one request. With more, a large object is fetched in parts that
   * all have the ETag of the first, and whose connections are opened again where they break. Up to `concurrency` times
   * `partSizeInBytes` are held in memory; the bytes come in order.
   */
  readonly concurrency?: number | undefined
  /** Bytes per request where there are several, 5 MiB to 5 GiB. Default 8 MiB. */
  readonly partSizeInBytes?: number | undefined
}

/** The conditions of `get`. */
export type HeadOptions = Pick<GetOptions, 'ifMatch' | 'ifNoneMatch' | 'signal'>

/** What `download` heeds of `get`. */
export type DownloadOptions = Omit<GetOptions, 'range'>

/** What is stored beside the bytes, and how. */
export interface PutOptions extends ObjectAttributes, Cancellable {
  /** What may be replaced. Default `overwrite`. */
  readonly mode?: WriteMode | undefined
  /** Default: the store's `acl`. `none` sends no ACL header at all. */
  readonly acl?: Acl | 'none' | undefined
  /** Bytes in the body. A stream is then sent as one request. A body of another length is not stored (`integrity`). */
  readonly contentLength?: number | undefined
  /** MD5 of the body, 32 lower-case hex digits. A body that differs is not stored (`integrity`). */
  readonly md5?: string | undefined
  /** Bytes per part of a stream of unknown length, 5 MiB to 5 GiB; held in memory. Default 8 MiB. */
  readonly partSizeInBytes?: number | undefined
  /**
   * Parts of a stream of unknown length that are in memory, each being read or sent, 1 to 64. Default 2. (Two are held at
   * the start in any case, to learn whether parts are needed.)
   */
  readonly concurrency?: number | undefined
}

/** What the object shall be once it is complete. */
export interface MultipartOptions extends ObjectAttributes, Cancellable {
  /** Goes on with the upload that has this id. Default: a new one is started. */
  readonly uploadId?: string | undefined
  readonly mode?: WriteMode | undefined
  readonly acl?: Acl | 'none' | undefined
}

/** What the copy shall be. It overwrites. */
export interface CopyOptions extends Cancellable {
  /** Replaces the source's attributes. Default: they are kept. */
  readonly attributes?: ObjectAttributes | undefined
  readonly acl?: Acl | 'none' | undefined
  /** Only if the source still has this ETag, else `precondition-failed`. */
  readonly sourceIfMatch?: string | undefined
}

/** Under which condition to delete. */
export interface DeleteOptions extends Cancellable {
  /**
   * Only if the object still has this ETag, else `precondition-failed`. One that is gone is no error. `unsupported` where
   * the service would ignore it.
   */
  readonly ifMatch?: string | undefined
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
  readonly concurrency?: number | undefined
  /** Called after every object (for `deletePrefix`, after every request). */
  readonly onProgress?: ((progress: PrefixProgress) => void) | undefined
}

/** How to move everything below a prefix. */
export interface MovePrefixOptions extends PrefixOptions {
  /** Of the new objects. Default: the store's `acl`. `none` sends no ACL header at all. */
  readonly acl?: Acl | 'none' | undefined
}

/** How to copy everything below a prefix. */
export interface CopyPrefixOptions extends MovePrefixOptions {
  /**
   * What becomes of objects that are at their new place already: `overwrite` (default) copies again, `keep` leaves them
   * as they are, so that a copy that broke off goes on where it was.
   */
  readonly existing?: 'overwrite' | 'keep' | undefined
}

/** Where a listing begins, and how it is cut into pages. */
export interface ListOptions extends Cancellable {
  /** Keys up to and including this one are left out. It need not exist, and may end in `/`. */
  readonly startAfter?: KeyInput | undefined
  /** `/` shows one level: deeper keys are folded into the pages' `prefixes`. */
  readonly delimiter?: '/' | undefined
  /** Objects and prefixes per request, 1 to 1000. Default 1000. */
  readonly pageSize?: number | undefined
}

/** How an address is written. */
export interface AddressOptions extends Cancellable {
  /**
   * `https` or `http`, for example that of the request whose answer shows the address. Default: as configured. A base
   * that is a path always has the page's own.
   */
  readonly scheme?: 'https' | 'http' | undefined
}

/** How a public address is written. */
export interface PublicUrlOptions extends Omit<AddressOptions, 'signal'> {
  /**
   * `encoded` (the default) works in a browser and in any attribute of a page. `raw` is the same without
   * percent-encoding, as WordPress keeps it: for comparing and for eyes, never for a page or a request.
   */
  readonly form?: 'encoded' | 'raw' | undefined
}

/** What a signed address allows, and the headers that its answer shall have. */
export interface SignedUrlOptions extends AddressOptions {
  /** Default 300; at most 604800 (7 days). Temporary credentials may end it earlier. */
  readonly expiresInSeconds?: number | undefined
  /** Default `GET`. */
  readonly method?: 'GET' | 'HEAD' | undefined
  readonly responseContentType?: string | undefined
  readonly responseContentDisposition?: string | undefined
}

/** What may be uploaded: a form (`POST`) of a range of sizes, or a `PUT` of one size. */
export type PresignUploadOptions = {
  /** Media type that the upload must declare. */
  readonly contentType: string
  /** Default 300; at most 604800 (7 days). */
  readonly expiresInSeconds?: number | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
  readonly acl?: Acl | 'none' | undefined
} & (
  | {
      readonly method: 'POST'
      /** Default 1. */
      readonly minBytes?: number | undefined
      readonly maxBytes: number
      /**
       * Where the browser goes once the file is stored, for forms without script: an absolute http or https URL without
       * a query. The service adds one of `bucket`, `key` and `etag`, which anybody could: ask the bucket whether it is there.
       */
      readonly successRedirect?: string | undefined
    }
  | {
      readonly method: 'PUT' /** The exact size. */
      readonly contentLength: number
      readonly mode?: 'overwrite' | 'create' | undefined
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
  readonly expiresInSeconds?: number | undefined
}
