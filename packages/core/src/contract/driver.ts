import type { Readable } from 'node:stream'
import type { StoreErrorCode } from '../errors.js'
import type { Cancellable } from './cancellable.js'
import type { BucketSettingsDriver } from './settings-driver.js'

export type { Cancellable } from './cancellable.js'

/** One object: the bucket's name and a parsed key. */
export interface ObjectLocation {
  readonly bucket: string
  readonly key: string
}

/** A canned access control list. Left unset, no ACL header is sent: most new buckets refuse them. */
export type Acl = 'private' | 'public-read' | 'authenticated-read' | 'bucket-owner-read' | 'bucket-owner-full-control'

/** What a write may replace: anything, nothing, or exactly the version with this ETag. */
export type WriteMode = 'overwrite' | 'create' | { readonly ifMatch: string }

/** `length` bytes from `offset` (to the end where it is absent), or the last `suffix` bytes. A range past the end is cut. */
export type ByteRange = { readonly offset: number; readonly length?: number | undefined } | { readonly suffix: number }

/** What is stored beside the bytes. `metadata` names are lower case; values are any well-formed Unicode text. */
export interface ObjectAttributes {
  readonly contentType?: string | undefined
  readonly cacheControl?: string | undefined
  readonly contentDisposition?: string | undefined
  readonly contentEncoding?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** One object in a listing. `size` is in bytes; `etag` is opaque and keeps its quotes (RFC 9110, section 8.8.3). */
export interface ObjectInfo {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly lastModified: Date
}

/** Everything about an object but its bytes. */
export interface ObjectHead extends ObjectInfo, ObjectAttributes {
  readonly metadata: Readonly<Record<string, string>>
  /** When a lifecycle rule of the bucket will remove it, where the service says so. */
  readonly expiresAt?: Date | undefined
}

/** An object with its bytes open. Read `body` to its end or destroy it: it holds a connection or a file handle. */
export interface StoredObject extends ObjectHead {
  /** The bytes that `body` yields, where a range was asked for: first offset and count. `size` stays the whole size. */
  readonly range?: { readonly offset: number; readonly length: number } | undefined
  readonly body: Readable
}

/** What a write made. */
export interface ObjectVersion {
  readonly key: string
  readonly etag: string
  readonly size: number
}

/** What a copy made. */
export type CopiedObject = Omit<ObjectVersion, 'size'>

/** Bytes on their way to a driver: in memory, or a stream of exactly `length` bytes. */
export type DriverBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly stream: Readable; readonly length: number }

/** What to read. A condition that does not hold is `precondition-failed`; a range past the end is `invalid-argument`. */
export interface DriverGetOptions extends Cancellable {
  readonly range?: ByteRange | undefined
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
}

/** The same for a read without bytes. */
export type DriverHeadOptions = Omit<DriverGetOptions, 'range'>

/** How to write, complete: nothing is left to a default. */
export interface DriverPutOptions extends Cancellable {
  readonly attributes: ObjectAttributes
  readonly acl?: Acl | undefined
  readonly mode: WriteMode
  /** Digest of the body, lower-case hex. A body that differs must not be stored (`integrity`). */
  readonly md5?: string | undefined
}

/** How to copy. */
export interface DriverCopyOptions extends Cancellable {
  /** Absent: the source's attributes are kept. */
  readonly attributes?: ObjectAttributes | undefined
  readonly acl?: Acl | undefined
  /** The copy fails with `precondition-failed` unless the source still has this ETag. */
  readonly sourceIfMatch?: string | undefined
}

/** What to delete. */
export interface DriverDeleteOptions extends Cancellable {
  /** Only this version: another one stays, and is `precondition-failed`. `unsupported` where the service may ignore that. */
  readonly ifMatch?: string | undefined
}

/** Which page of a listing. */
export interface DriverListOptions extends Cancellable {
  /** Keys up to and including this one are left out. Only with the first page. */
  readonly startAfter?: string | undefined
  /** Keys that hold the delimiter after the prefix are folded into `prefixes`. */
  readonly delimiter?: '/' | undefined
  /** At most this many objects and prefixes on a page, 1 to 1000. */
  readonly pageSize: number
  /** `cursor` of the page before. */
  readonly cursor?: string | undefined
}

/** Part of a listing, in UTF-8 byte order of the keys. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[]
  readonly prefixes: readonly string[]
  /** Absent on the last page. */
  readonly cursor?: string | undefined
}

/** A key that could not be deleted, with the raw reason. */
export interface DeleteFailure {
  readonly key: string
  readonly error: unknown
}

/** A part that arrived: its number from 1 to 10000, and its size in bytes. */
export interface UploadedPart {
  readonly partNumber: number
  readonly etag: string
  readonly size: number
}

/** An upload in parts that was neither completed nor aborted. */
export interface UnfinishedUpload {
  readonly key: string
  readonly uploadId: string
  readonly initiated: Date
}

/** What a signed address allows, and the headers that its answer shall have. */
export interface DriverSignOptions {
  readonly method: 'GET' | 'HEAD'
  readonly expiresInSeconds: number
  readonly responseContentType?: string | undefined
  readonly responseContentDisposition?: string | undefined
}

/**
 * What a stranger may upload. `post` is a form whose size range the service enforces; `put` is one PUT of exactly
 * `contentLength` bytes; `part` is one part of a multipart upload.
 */
export type DriverPresignOptions = {
  readonly expiresInSeconds: number
} & (
  | ({
      readonly kind: 'post'
      readonly minBytes: number
      readonly maxBytes: number
      /** Absolute http or https URL without a query. The answer leads there, with `bucket`, `key` and `etag` as its query. */
      readonly successRedirect?: string | undefined
    } & PresignedAttributes)
  | ({
      readonly kind: 'put'
      readonly contentLength: number
      readonly mode: 'overwrite' | 'create'
    } & PresignedAttributes)
  | {
      readonly kind: 'part'
      readonly uploadId: string
      readonly partNumber: number
      /** Absent: a part of any length. */
      readonly contentLength?: number | undefined
    }
)

/** What an uploaded object shall have, whoever uploads it. */
export interface PresignedAttributes {
  readonly contentType: string
  readonly metadata?: Readonly<Record<string, string>> | undefined
  readonly acl?: Acl | undefined
}

/** An upload that anyone who holds it may do once or more until `expiresAt`, straight to the bucket. */
export type PresignedUpload = { readonly url: string; readonly expiresAt: Date } & (
  | { readonly method: 'POST'; readonly fields: Readonly<Record<string, string>> }
  | { readonly method: 'PUT'; readonly headers: Readonly<Record<string, string>> }
)

/** What a driver found out about its service by using it. */
export interface ServiceTraits {
  /** The form of an ETag that the service wants in `If-Match`. */
  readonly ifMatchForm?: 'quoted' | 'unquoted' | undefined
}

/** The cause of a raw error, in words of this project. */
export interface Explanation {
  readonly code: StoreErrorCode
  /** What happened, in a sentence without full stop; no secrets. */
  readonly message: string
}

/**
 * A way to reach buckets: the interface that implementers read.
 *
 * **Guaranteed to a driver**: keys and prefixes are parsed, or came out of its own listing, or are such with one slash
 * before them (a driver that can hold none of these answers `invalid-key`); numbers are in range;
 * a body in memory has its `md5`, and a stream fails rather than ending with another length or digest than announced;
 * options are complete and never reused; metadata names are lower case; `signal` is not yet aborted. Calls may overlap.
 *
 * **Owed by a driver**: it is stateless but for connections; reads see every earlier acknowledged write; a write is
 * visible as a whole or not at all, and a failed or aborted one leaves what was there; nothing pretends to succeed.
 * It never retries a conditional write. It throws `DriverError`, or the raw error, which `explain` understands.
 */
export interface StorageDriver {
  /** For messages and events: `s3`, `disk`, `memory`. */
  readonly name: string
  /** The bucket that its URL named. A store with another `bucket` is refused. */
  readonly bucket?: string | undefined
  /** For reports. */
  readonly learned?: ServiceTraits | undefined
  /** A capability: without it, buckets are set up elsewhere. */
  readonly settings?: BucketSettingsDriver | undefined

  /** Resolves once the object is open: a missing one rejects with `not-found`, it never fails in the stream. */
  get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject>
  /** Everything but the bytes. A missing object is `not-found`, also under a condition. */
  head(at: ObjectLocation, options: DriverHeadOptions): Promise<ObjectHead>
  /**
   * Stores the whole body, or nothing.
   *
   * A body that ends before or after its length is `integrity`. Mode `create` on an existing key is
   * `already-exists`; `ifMatch` on another version, or on none, is `precondition-failed`. Where a conditional write's
   * reply was lost or was a 5xx, the outcome is `outcome-unknown`.
   */
  put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Promise<{ readonly etag: string }>
  /** Copies inside a bucket or between two, by the service itself. Overwrites; the source may be the target. */
  copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Promise<{ readonly etag: string }>
  /** Deleting what is not there succeeds. */
  delete(at: ObjectLocation, options: DriverDeleteOptions): Promise<void>
  /** At most 1000 keys. Resolves with those that failed. */
  deleteMany(bucket: string, keys: readonly string[], options: Cancellable): Promise<readonly DeleteFailure[]>
  /** One page of what begins with `prefix`, which is empty or ends in `/`. A bucket without objects has one empty page. */
  list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage>

  /** Begins an upload in parts, and gives its id. Any driver of any process goes on with it. */
  createMultipart(at: ObjectLocation, options: DriverPutOptions): Promise<string>
  /** Stores one part, 1 to 10000; sent again, it replaces the one before. An upload that is over is `not-found`. */
  uploadPart(
    at: ObjectLocation,
    uploadId: string,
    partNumber: number,
    body: DriverBody,
    options: Cancellable,
  ): Promise<{ readonly etag: string }>
  /**
   * Makes the object of these parts, which come in order. `invalid-argument` where one never arrived, or has another ETag;
   * the conditions of `mode` are those of `put`, or `unsupported`.
   */
  completeMultipart(
    at: ObjectLocation,
    uploadId: string,
    parts: readonly Omit<UploadedPart, 'size'>[],
    options: Cancellable & { readonly mode: WriteMode },
  ): Promise<{ readonly etag: string }>
  /** Aborting what is not there succeeds. */
  abortMultipart(at: ObjectLocation, uploadId: string, options: Cancellable): Promise<void>
  /** The parts that arrived, by number. */
  listParts(at: ObjectLocation, uploadId: string, options: Cancellable): Promise<readonly UploadedPart[]>
  /** Unfinished uploads below a prefix. */
  listMultipart(bucket: string, prefix: string, options: Cancellable): Promise<readonly UnfinishedUpload[]>

  /** The address that works where the object is public. Never contacts the service. */
  publicUrl(at: ObjectLocation): string
  /** The address that works until it expires, for whoever holds it. Never contacts the service, but for credentials. */
  signedUrl(at: ObjectLocation, options: DriverSignOptions): Promise<string>
  /** An upload that works until it expires, for whoever holds it. `unsupported` where the service has no such thing. */
  presignUpload(at: ObjectLocation, options: DriverPresignOptions): Promise<PresignedUpload>

  /** The cause of an error that this driver threw. */
  explain(error: unknown): Explanation
  /** Releases connections. The driver can be used again afterwards. */
  close(): Promise<void>
}
