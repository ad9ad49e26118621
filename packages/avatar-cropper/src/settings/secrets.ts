import { StoreError } from '@bucket-brigade/core'
import { KeyRing } from '@bucket-brigade/core/tokens'
import { CropperError } from '../errors.js'

/** @throws CropperError `invalid-option` for no secret, or one of fewer than 32 bytes */
export function readSecrets(secrets: readonly (string | Uint8Array)[]): KeyRing {
  try {
    return new KeyRing(secrets)
  } catch (error) {
    throw StoreError.is(error, 'invalid-argument') ? new CropperError('invalid-option', error.message) : error
  }
}
