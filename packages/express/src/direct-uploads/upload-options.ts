import { type Acl, type BucketStore, show } from '@bucket-brigade/core'
import { KeyRing } from '@bucket-brigade/core/tokens'
import type { Request } from 'express'
import type { ProblemsOptions } from '../problems/send-problem.js'
import { MediaTypes } from './media-types.js'

/** A file that somebody wants to upload, as its sender describes it. */
export interface AnnouncedUpload {
  /** The id that `authenticate` gave. */
  readonly user: string
  /** The sender's name for it: base name only, no control characters. Hostile: for eyes, not for keys. */
  readonly filename: string
  /** Media type, lower case, one of `types`. The bytes may be something else. */
  readonly type: string
  /** Undefined where the client does not tell: stock Uppy. */
  readonly bytes: number | undefined
  /** What an Uppy page keeps beside the file. Unchecked text. */
  readonly metadata: Readonly<Record<string, string>>
}

/** A file that is in the bucket, whole. */
export interface CompletedUpload {
  /** Where it is. */
  readonly key: string
  /** Pins it: what comes there later has another one. */
  readonly etag: string
  /** Its size. */
  readonly bytes: number
  /** The media type that was announced, and that the object has. */
  readonly type: string
  /** What its sender calls it. */
  readonly filename: string
  /** Whose it is. */
  readonly user: string
}

/** How files come straight from browsers. */
export interface DirectUploadsOptions extends Pick<ProblemsOptions, 'onError'> {
  readonly store: BucketStore
  /** Sign the tokens: the first signs, all verify; at least 32 bytes each, the same on every server. */
  readonly secrets: readonly (string | Uint8Array)[]
  /** Who sends a request: the user's id, or undefined for nobody. */
  readonly authenticate: (req: Request) => string | undefined | Promise<string | undefined>
  /** Origins whose pages may upload, for example `https://app.example`; `same-host` for the router's own. */
  readonly origins: readonly string[] | 'same-host'
  /** Bytes of the largest file. */
  readonly maxBytes: number
  /** Media types that may come: full names, or `image/*`. A wildcard lets in nothing that a browser would run. */
  readonly types?: readonly string[] | undefined
  /** Where a file shall lie. Default: `tmp/uploads/<user>/<random>/<safe file name>`. */
  readonly keyFor?: ((file: AnnouncedUpload, req: Request) => string | Promise<string>) | undefined
  /** Of the objects. Default: `private` where the store has one, else none is sent. */
  readonly acl?: Acl | 'none' | undefined
  /** Larger files come in parts. Default 104 857 600 (100 MiB). */
  readonly multipartAboveBytes?: number | undefined
  /** Bytes of a part, 5 MiB to 5 GiB. Default 8 MiB; more where a file would have over 10 000 parts. */
  readonly partBytes?: number | undefined
  /**
   * How files in one piece come. Default `auto`: what works here, as the first upload of a process finds out by some small
   * requests below `tmp/probe/`; `through-server` where the driver presigns nothing.
   */
  readonly singleUploads?: 'auto' | 'POST' | 'PUT' | 'through-server' | undefined
  /** How long an address works. Default 300. */
  readonly presignSeconds?: number | undefined
  /** How long an upload may take from its first request to its last. Default 86 400 (a day); at most 7 days. */
  readonly sessionSeconds?: number | undefined
  /**
   * The application's last word on a file that has arrived, and its answer, as JSON. A HttpProblem refuses. Called again
   * where a client asks again. Default: `{ key, url, bytes, etag }`.
   */
  readonly onComplete?: ((upload: CompletedUpload, context: { readonly req: Request }) => unknown) | undefined
}

/** Options, checked and complete but for what has no default. */
export interface UploadSettings
  extends Required<
    Pick<
      DirectUploadsOptions,
      'singleUploads' | 'maxBytes' | 'acl' | 'multipartAboveBytes' | 'partBytes' | 'presignSeconds' | 'sessionSeconds'
    >
  > {
  readonly keys: KeyRing
  readonly types: MediaTypes
}

export const MIN_PART_BYTES = 5 * 1024 ** 2
const MAX_PART_BYTES = 5 * 1024 ** 3
export const MAX_PARTS = 10_000
const WEEK = 604_800
const DAY = 86_400

/** @throws TypeError where an option is out of range; StoreError where there is no secret, or a short one */
export function uploadSettings(options: DirectUploadsOptions): UploadSettings {
  const { singleUploads = 'auto', store } = options
  if (!['auto', 'POST', 'PUT', 'through-server'].includes(singleUploads)) {
    throw new TypeError(
      `expected singleUploads to be "auto", "POST", "PUT" or "through-server"; received ${show(singleUploads)}`,
    )
  }
  return {
    singleUploads,
    keys: new KeyRing(options.secrets),
    types: new MediaTypes(options.types),
    acl: options.acl ?? (store.acl === undefined ? 'none' : 'private'),
    maxBytes: whole('maxBytes', options.maxBytes, 1, MAX_PARTS * MAX_PART_BYTES),
    multipartAboveBytes: whole(
      'multipartAboveBytes',
      options.multipartAboveBytes ?? 100 * 1024 ** 2,
      1,
      MAX_PART_BYTES,
    ),
    partBytes: whole('partBytes', options.partBytes ?? 8 * 1024 ** 2, MIN_PART_BYTES, MAX_PART_BYTES),
    presignSeconds: whole('presignSeconds', options.presignSeconds ?? 300, 1, WEEK),
    sessionSeconds: checkSession(options.sessionSeconds),
  }
}

/** How long an upload may take. @throws TypeError */
export function checkSession(seconds = DAY): number {
  return whole('sessionSeconds', seconds, 1, WEEK)
}

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new TypeError(`expected ${name} to be an integer from ${min} to ${max}; received ${show(value)}`)
}
