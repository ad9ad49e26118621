import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DriverPresignOptions, DriverSignOptions, ObjectLocation, PresignedUpload } from '../../contract/driver.js'
import { DriverError, show } from '../../errors.js'
import { encodeKey } from '../../keys/object-key.js'
import { checkSecret } from '../../values/secret.js'
import { checkBaseUrl } from '../../values/web-address.js'
import {
  type FormPermission,
  parseFormPolicy,
  parseUrlPermission,
  type UrlPermission,
  type UrlQuery,
  writePutQuery,
  writeReadQuery,
} from './disk-permission.js'

/** What addresses are made of. */
export interface DiskSignerOptions {
  /** Where `diskObjects()` is mounted, as browsers see it: `https://host/objects`, or a path such as `/objects`. */
  readonly baseUrl: string
  /** The first signs, all verify; each at least 32 bytes. Without them only `publicUrl` works. */
  readonly secrets?: readonly (string | Uint8Array)[] | undefined
}

const EXPIRES = 'x-brigade-expires'
const METHOD = 'x-brigade-method'
const SIGNATURE = 'x-brigade-signature'
const POLICY = 'policy'
const REDIRECT = 'success_action_redirect'

/**
 * Addresses of objects on disk that work for a while, as S3's presigned URLs do. `diskObjects()` answers them.
 *
 * Signed are method, bucket, key, expiry and every parameter, so nothing can be added, changed or left out. It holds
 * no state: any server with one of the secrets verifies what another one signed.
 */
export class DiskSigner {
  readonly #baseUrl: string
  readonly #keys: readonly Buffer[]

  constructor(options: DiskSignerOptions) {
    this.#baseUrl = checkBaseUrl('baseUrl', options.baseUrl)
    this.#keys = (options.secrets ?? []).map(deriveKey)
  }

  /** The address below `baseUrl`, without a signature. */
  publicUrl(at: ObjectLocation): string {
    return `${this.#baseUrl}/${encodeKey(at.bucket)}/${encodeKey(at.key)}`
  }

  /** The same with an expiry and a signature. */
  signedUrl(at: ObjectLocation, options: DriverSignOptions): string {
    return this.#signUrl(options.method, at, expiryOf(options.expiresInSeconds), writeReadQuery(options))
  }

  /** A form, a PUT or a part with an expiry, signed. */
  presignUpload(at: ObjectLocation, options: DriverPresignOptions): PresignedUpload {
    const expires = expiryOf(options.expiresInSeconds)
    const expiresAt = new Date(expires * 1000)
    if (options.kind === 'post') {
      const { kind: _kind, expiresInSeconds: _seconds, metadata = {}, ...limits } = options
      const policy = { expires, bucket: at.bucket, key: at.key, metadata, ...limits }
      const encoded = Buffer.from(JSON.stringify(policy)).toString('base64url')
      const fields = {
        key: at.key,
        'Content-Type': options.contentType,
        ...(options.successRedirect === undefined ? {} : { [REDIRECT]: options.successRedirect }),
        [POLICY]: encoded,
        [SIGNATURE]: this.#sign(['form', encoded]),
      }
      return { method: 'POST', url: `${this.#baseUrl}/${encodeKey(at.bucket)}`, fields, expiresAt }
    }
    const url = this.#signUrl('PUT', at, expires, writePutQuery(options))
    const headers: Readonly<Record<string, string>> =
      options.kind === 'put' ? { 'content-type': options.contentType } : {}
    return { method: 'PUT', url, headers, expiresAt }
  }

  /**
   * What a signed URL allows. A URL signed for GET allows HEAD too; nothing else crosses.
   *
   * @param query Every parameter of the request's URL, as it came.
   * @throws DriverError `permission-denied` where it is unsigned, expired, or not for this method, bucket and key
   */
  verifyUrl(method: string, at: ObjectLocation, query: URLSearchParams): UrlPermission {
    const signed = uniqueParameters(query)
    const signature = signed.get(SIGNATURE)
    if (signature === undefined) throw refuse('the URL is not signed: ask for a signed one')
    signed.delete(SIGNATURE)
    const signedMethod = signed.get(METHOD) ?? ''
    this.#verify(urlParts(at, signed), signature)
    checkExpires(Number(signed.get(EXPIRES)))
    if (method !== signedMethod && !(method === 'HEAD' && signedMethod === 'GET')) {
      throw refuse(`the URL is signed for ${signedMethod}, the request is a ${show(method)}`)
    }
    return parseUrlPermission(signedMethod, signed)
  }

  /**
   * What the fields of a signed form allow. Only what was signed counts: other fields have no say.
   *
   * @param fields The form's fields but the file; names in any case.
   * @throws DriverError `permission-denied` where it is unsigned, expired, changed, or for another bucket
   */
  verifyForm(bucket: string, fields: ReadonlyMap<string, string>): FormPermission {
    const byName = new Map([...fields].map(([name, value]) => [name.toLowerCase(), value]))
    const policy = byName.get(POLICY)
    const signature = byName.get(SIGNATURE)
    if (policy === undefined || signature === undefined) {
      throw refuse('the form is not signed: send every field that was handed out, before the file')
    }
    this.#verify(['form', policy], signature)
    const { expires, bucket: signedBucket, ...permission } = parseFormPolicy(policy)
    checkExpires(expires)
    if (bucket !== signedBucket) throw refuse('the form is signed for another bucket')
    if (byName.get('key') !== permission.key) throw refuse('the field "key" is not the one that was signed')
    if (byName.get('content-type') !== permission.contentType) {
      throw refuse(`the field "Content-Type" must be ${show(permission.contentType)}, as signed`)
    }
    if (byName.get(REDIRECT) !== permission.successRedirect) {
      throw refuse(`the field "${REDIRECT}" is not the one that was signed`)
    }
    return permission
  }

  #signUrl(method: string, at: ObjectLocation, expires: number, parameters: UrlQuery): string {
    const query = new Map([[METHOD, method], [EXPIRES, String(expires)], ...parameters])
    const signature = this.#sign(urlParts(at, query))
    return `${this.publicUrl(at)}?${new URLSearchParams([...query, [SIGNATURE, signature]])}`
  }

  #sign(parts: readonly unknown[]): string {
    return hmac(this.#signingKeys()[0], parts).toString('base64url')
  }

  #verify(parts: readonly unknown[], signature: string): void {
    const given = Buffer.from(signature, 'base64url')
    const matches = this.#signingKeys().map((key) => {
      const expected = hmac(key, parts)
      return given.length === expected.length && timingSafeEqual(given, expected)
    })
    if (!matches.includes(true))
      throw refuse('the signature is invalid: it was made for something else, or with another secret')
  }

  #signingKeys(): readonly [Buffer, ...Buffer[]] {
    const [first, ...rest] = this.#keys
    if (first === undefined) throw new DriverError('unsupported', 'signed addresses need the option "secrets"')
    return [first, ...rest]
  }
}

function urlParts(at: ObjectLocation, parameters: ReadonlyMap<string, string>): readonly unknown[] {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : 1))
  return ['url', at.bucket, at.key, sorted]
}

/** JSON keeps the parts apart: no two different lists have the same text. */
function hmac(key: Buffer, parts: readonly unknown[]): Buffer {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest()
}

/** A key of its own, so that tokens and addresses made with the same secret are never mistaken for each other. */
function deriveKey(secret: string | Uint8Array, index: number): Buffer {
  return createHmac('sha256', checkSecret(secret, index)).update('bucket-brigade disk addresses 1').digest()
}

function expiryOf(expiresInSeconds: number): number {
  return Math.floor(Date.now() / 1000) + expiresInSeconds
}

function checkExpires(expires: number): void {
  if (!(expires > Date.now() / 1000)) throw refuse('the permission has expired: ask for a new one')
}

function uniqueParameters(query: URLSearchParams): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of query) {
    if (parameters.has(name)) throw refuse(`the parameter ${show(name)} is there twice`)
    parameters.set(name, value)
  }
  return parameters
}

function refuse(reason: string): DriverError {
  return new DriverError('permission-denied', reason)
}
