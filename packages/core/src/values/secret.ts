import { DriverError } from '../errors.js'

const MIN_SECRET_BYTES = 32

/**
 * The bytes of a secret that servers share. Guessable ones are refused, and never shown.
 *
 * @throws DriverError `invalid-argument` for fewer than 32 bytes
 */
export function checkSecret(secret: string | Uint8Array, index: number): Uint8Array {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret
  if (bytes instanceof Uint8Array && bytes.length >= MIN_SECRET_BYTES) return bytes
  const came = bytes instanceof Uint8Array ? `${bytes.length} bytes` : typeof secret
  throw new DriverError(
    'invalid-argument',
    `expected secrets[${index}] to have at least ${MIN_SECRET_BYTES} bytes; received ${came}. ` +
      'Make one with: node -p "crypto.randomBytes(32).toString(\'base64url\')"',
  )
}
