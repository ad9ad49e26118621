import { createHmac } from 'node:crypto'
import { CropperError } from './errors.js'

const MIN_SECRET_BYTES = 32

export interface SigningKey {
  /** Names the secret in a token's header without telling anything about it. */
  readonly id: string
  readonly bytes: Uint8Array
}

/** The secrets that every server shares, newest first: the first signs, all of them verify. */
export class KeyRing {
  readonly signing: SigningKey
  readonly #byId: ReadonlyMap<string, SigningKey>

  /** @throws CropperError `invalid-option` for no secret, or one of fewer than 32 bytes */
  constructor(secrets: readonly (string | Uint8Array)[]) {
    const keys = Array.isArray(secrets) ? secrets.map(toSigningKey) : []
    const [signing] = keys
    if (!signing) {
      throw new CropperError(
        'invalid-option',
        'expected secrets to be a list of at least one secret that all servers share: the first signs, all verify',
      )
    }
    this.signing = signing
    this.#byId = new Map(keys.map((key) => [key.id, key]))
  }

  find(id: string): SigningKey | undefined {
    return this.#byId.get(id)
  }
}

function toSigningKey(secret: string | Uint8Array, index: number): SigningKey {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret
  if (!(bytes instanceof Uint8Array) || bytes.length < MIN_SECRET_BYTES) {
    const came = bytes instanceof Uint8Array ? `${bytes.length} bytes` : typeof secret
    throw new CropperError(
      'invalid-option',
      `expected secrets[${index}] to have at least ${MIN_SECRET_BYTES} bytes; received ${came}. ` +
        'Make one with: node -p "crypto.randomBytes(32).toString(\'base64url\')"',
    )
  }
  const id = createHmac('sha256', bytes).update('bucket-brigade key id').digest('hex').slice(0, 12)
  return { id, bytes }
}
