import { DriverError, type ObjectLocation, StoreError } from '@bucket-brigade/core'
import type { DiskDriver, DiskObjectHead, DiskSigner, FormPermission, UrlPermission } from '@bucket-brigade/core/disk'
import { invalidRequest, sentence } from '../forms/form-problems.js'
import { HttpProblem } from '../problems/http-problem.js'
import type { ObjectAddress } from './object-address.js'
import type { ReadPermission } from './object-headers.js'

const SIGNED_PARAMETERS = 'x-brigade-'
const PUBLIC: ReadPermission = { signed: false }

/** Who may do what with the objects on disk, and what its errors mean to a client. */
export class DiskAccess {
  readonly driver: DiskDriver
  readonly #publicPrefixes: readonly string[]

  /** @param publicPrefixes Parsed. */
  constructor(driver: DiskDriver, publicPrefixes: readonly string[]) {
    this.driver = driver
    this.#publicPrefixes = publicPrefixes
  }

  /**
   * What a request may read by its address alone. Undefined where the object's own access control list decides.
   *
   * @throws HttpProblem `permission-denied` where the address is signed, but not for this
   */
  permitRead(method: 'GET' | 'HEAD', address: ObjectAddress): ReadPermission | undefined {
    const isSigned = [...address.query.keys()].some((name) => name.startsWith(SIGNED_PARAMETERS))
    if (!isSigned) return this.#publicPrefixes.some((prefix) => address.key.startsWith(prefix)) ? PUBLIC : undefined
    const permission = this.#verified((signer) => signer.verifyUrl(method, address, address.query))
    if (permission.kind !== 'read') throw permissionDenied('the URL is not signed for reading')
    const { responseContentType, responseContentDisposition } = permission
    return { signed: true, responseContentType, responseContentDisposition }
  }

  /**
   * The object's head, with the permission to read that very version.
   *
   * @throws HttpProblem `permission-denied` for whatever is neither public nor signed, whether it is there or not
   */
  async head(
    address: ObjectAddress,
    permission: ReadPermission | undefined,
  ): Promise<{ readonly head: DiskObjectHead; readonly permission: ReadPermission }> {
    try {
      const head = await this.call('head', address, (driver) => driver.head(address, {}))
      if (permission !== undefined) return { head, permission }
      if (head.acl === 'public-read') return { head, permission: PUBLIC }
    } catch (error) {
      if (permission !== undefined || StoreError.is(error, 'unavailable')) throw error
    }
    throw permissionDenied('the object is not public: ask for a signed address')
  }

  /** @throws HttpProblem `permission-denied` */
  permitWrite(address: ObjectAddress): Exclude<UrlPermission, { readonly kind: 'read' }> {
    const permission = this.#verified((signer) => signer.verifyUrl('PUT', address, address.query))
    if (permission.kind === 'read') throw permissionDenied('the URL is not signed for uploads')
    return permission
  }

  /** @throws HttpProblem `permission-denied` */
  permitForm(bucket: string, fields: ReadonlyMap<string, string>): FormPermission {
    return this.#verified((signer) => signer.verifyForm(bucket, fields))
  }

  /** Runs a call to the driver, and wraps its error as a store does. */
  async call<T>(operation: string, at: ObjectLocation, call: (driver: DiskDriver) => Promise<T>): Promise<T> {
    try {
      return await call(this.driver)
    } catch (error) {
      if (StoreError.is(error) || HttpProblem.is(error)) throw error
      const { code, message } = error instanceof DriverError ? error : this.driver.explain(error)
      // The object has no business here, as its name or its upload says: the client's fault, in the driver's words.
      if (code === 'unsupported' || code === 'invalid-argument') throw invalidRequest(message, error)
      throw new StoreError(code, message, { operation, bucket: at.bucket, key: at.key, cause: error })
    }
  }

  #verified<T>(verify: (signer: DiskSigner) => T): T {
    const { signer } = this.driver
    if (signer === undefined)
      throw permissionDenied('this server signs no addresses: give the disk driver baseUrl and secrets')
    try {
      return verify(signer)
    } catch (error) {
      if (error instanceof DriverError && (error.code === 'permission-denied' || error.code === 'unsupported')) {
        throw permissionDenied(error.message, error)
      }
      throw error
    }
  }
}

export function permissionDenied(detail: string, cause?: unknown): HttpProblem {
  return new HttpProblem(403, 'permission-denied', sentence(detail), { cause })
}
