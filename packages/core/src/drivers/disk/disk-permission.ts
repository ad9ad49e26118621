import type { Acl, DriverPresignOptions, DriverSignOptions } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'

/** What a signed URL allows, on the object that it names. */
export type UrlPermission =
  | {
      readonly kind: 'read'
      readonly responseContentType?: string | undefined
      readonly responseContentDisposition?: string | undefined
    }
  | {
      /** One body of exactly `contentLength` bytes, sent as `contentType`. */
      readonly kind: 'put'
      readonly contentType: string
      readonly contentLength: number
      readonly mode: 'overwrite' | 'create'
      readonly metadata: Readonly<Record<string, string>>
      readonly acl?: Acl | undefined
    }
  | {
      readonly kind: 'part'
      readonly uploadId: string
      readonly partNumber: number
      /** Undefined: a part of any length. */
      readonly contentLength: number | undefined
    }

/** What a signed form allows: one file of `minBytes` to `maxBytes`, stored at `key` as `contentType`. */
export interface FormPermission {
  readonly key: string
  readonly contentType: string
  readonly minBytes: number
  readonly maxBytes: number
  readonly metadata: Readonly<Record<string, string>>
  readonly acl?: Acl | undefined
  /** Where the answer leads, with `bucket`, `key` and `etag` as its query (303). */
  readonly successRedirect?: string | undefined
}

/** The parameters of a signed URL, but for its method, expiry and signature. */
export type UrlQuery = ReadonlyMap<string, string>

/** A form's permission with what only the signer checks. `expires` is in seconds since 1970. */
export interface FormPolicy extends FormPermission {
  readonly expires: number
  readonly bucket: string
}

const RESPONSE_TYPE = 'response-content-type'
const RESPONSE_DISPOSITION = 'response-content-disposition'
const CONTENT_TYPE = 'x-brigade-content-type'
const CONTENT_LENGTH = 'x-brigade-content-length'
const MODE = 'x-brigade-mode'
const ACL = 'x-brigade-acl'
const METADATA = 'x-brigade-meta-'
const UPLOAD_ID = 'uploadId'
const PART_NUMBER = 'partNumber'

export function writeReadQuery(options: DriverSignOptions): UrlQuery {
  return given([
    [RESPONSE_TYPE, options.responseContentType],
    [RESPONSE_DISPOSITION, options.responseContentDisposition],
  ])
}

export function writePutQuery(options: Exclude<DriverPresignOptions, { readonly kind: 'post' }>): UrlQuery {
  const length = [CONTENT_LENGTH, options.contentLength?.toString()] as const
  if (options.kind === 'part') {
    return given([length, [UPLOAD_ID, options.uploadId], [PART_NUMBER, String(options.partNumber)]])
  }
  const metadata = Object.entries(options.metadata ?? {}).map(([name, value]) => [METADATA + name, value] as const)
  return given([length, [CONTENT_TYPE, options.contentType], [MODE, options.mode], [ACL, options.acl], ...metadata])
}

/** Reads what `writeReadQuery` or `writePutQuery` wrote. Only for parameters whose signature was found valid. */
export function parseUrlPermission(method: string, query: UrlQuery): UrlPermission {
  if (method !== 'PUT') {
    return {
      kind: 'read',
      responseContentType: query.get(RESPONSE_TYPE),
      responseContentDisposition: query.get(RESPONSE_DISPOSITION),
    }
  }
  const length = query.get(CONTENT_LENGTH)
  const uploadId = query.get(UPLOAD_ID)
  if (uploadId !== undefined) {
    const contentLength = length === undefined ? undefined : Number(length)
    return { kind: 'part', uploadId, partNumber: Number(query.get(PART_NUMBER)), contentLength }
  }
  return {
    kind: 'put',
    contentType: query.get(CONTENT_TYPE) ?? '',
    contentLength: Number(length),
    mode: query.get(MODE) === 'create' ? 'create' : 'overwrite',
    metadata: metadataOf(query),
    acl: query.get(ACL) as Acl | undefined,
  }
}

/** Reads the policy of a form. Only for one whose signature was found valid. */
export function parseFormPolicy(encoded: string): FormPolicy {
  const policy: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString())
  if (typeof policy !== 'object' || policy === null) throw new DriverError('permission-denied', 'the policy is empty')
  return policy as FormPolicy
}

function metadataOf(query: UrlQuery): Readonly<Record<string, string>> {
  const named = [...query].filter(([name]) => name.startsWith(METADATA))
  return Object.fromEntries(named.map(([name, value]) => [name.slice(METADATA.length), value]))
}

function given(parameters: readonly (readonly [string, string | undefined])[]): UrlQuery {
  return new Map(parameters.filter((parameter): parameter is [string, string] => parameter[1] !== undefined))
}
