/**
 * Signed statements that any server verifies by itself: `@bucket-brigade/core/tokens`.
 *
 * @module tokens
 */
export { KeyRing, type SigningKey } from './key-ring.js'
export { TokenError, type TokenErrorCode } from './token-error.js'
export { type TokenClaims, type TokenExpectation, TokenSigner, type TokenSignerOptions } from './token-signer.js'
