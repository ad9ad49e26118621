import { createHmac } from 'node:crypto'
import { DriverError, StoreError } from '../errors.js'
import { checkSecret } from '../values/secret.js'

/** A secret that signs or verifies. Whoever prints it, or what holds it, sees the id alone. */
export class SigningKey {
  /** Names the secret in a token's header without telling anything about it. */
  readonly id: string
  readonly #bytes: Uint8Array

  /** @param bytes Checked. */
  constructor(bytes: Uint8Array) {
    this.id = createHmac('sha256', bytes).update('bucket-brigade key id').digest('hex').slice(0, 12)
    this.#bytes = bytes
  }

  /** The secret itself. */
  get bytes(): Uint8Array {
    return this.#bytes
  }
}

/** The secrets that every server shares, newest first: the first signs, all of them verify. */
export class KeyRing {
  /** Made of the first secret. */
  readonly signing: SigningKey
  readonly #byId: ReadonlyMap<string, SigningKey>

  /** @throws StoreError `invalid-argument` for no secret, or one of fewer than 32 bytes; it shows none */
  constructor(secrets: readonly (string | Uint8Array)[]) {
    const keys = Array.isArray(secrets) ? secrets.map(toSigningKey) : []
    const [signing] = keys
    if (!signing) {
      throw refuse(
        'expected secrets to be a list of at least one secret that all servers share: the first signs, all verify',
      )
    }
    this.signing = signing
    this.#byId = new Map(keys.map((key) => [key.id, key]))
  }

  /** The secret that a token's header names. */
  find(id: string): SigningKey | undefined {
    return this.#byId.get(id)
  }
}

function toSigningKey(secret: string | Uint8Array, index: number): SigningKey {
  try {
    return new SigningKey(checkSecret(secret, index))
  } catch (error) {
    throw error instanceof DriverError ? refuse(error.message) : error
  }
}

function refuse(message: string): StoreError {
  return new StoreError('invalid-argument', message, { operation: 'read-secrets' })
}
