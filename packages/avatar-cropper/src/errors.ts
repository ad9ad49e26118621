/** What a person, or the page in front of them, has to know. Callers branch on this, never on a message. */
export type CropperErrorCode =
  | 'invalid-option'
  | 'service-unsuitable'
  | 'invalid-request'
  | 'crop-out-of-bounds'
  | 'token-invalid'
  | 'token-expired'
  | 'token-user-mismatch'
  | 'not-found'
  | 'session-expired'
  | 'step-out-of-order'
  | 'original-changed'
  | 'pointer-conflict'
  | 'pointer-corrupt'
  | 'file-too-large'
  | 'image-too-large'
  | 'image-unsupported'
  | 'image-corrupt'
  | 'image-timeout'
  | 'overloaded'
  | 'refused'
  | 'hook-failed'
  | 'session-unclaimed'
  | 'too-many-sessions'
  | 'too-many-bytes'

/** What a refusal knows, for texts in other words and languages. */
export interface CropperErrorParameters {
  readonly maxBytes?: number
  /** The application's own word, where `beforeAccept` refused. */
  readonly reason?: string
  readonly limit?: number
  readonly retryAfterSeconds?: number
}

/** What an error knows beyond its code and message. */
export interface CropperErrorDetails {
  readonly field?: string | undefined
  readonly parameters?: CropperErrorParameters | undefined
  readonly cause?: unknown
}

/**
 * A step that was refused, or that cannot be done.
 *
 * `code` names the cause; the message says what was expected, what came and how to go on. It never holds a token, a
 * secret or a signed URL. Failures of the bucket itself stay `StoreError`.
 */
export class CropperError extends Error {
  override readonly name = 'CropperError'
  readonly code: CropperErrorCode
  /** The value at fault, where one is: `crop.width`. */
  readonly field: string | undefined
  readonly parameters: CropperErrorParameters

  constructor(code: CropperErrorCode, message: string, details: CropperErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.code = code
    this.field = details.field
    this.parameters = details.parameters ?? {}
  }

  /** True for a CropperError, with one of `codes` where any are named. Also true across copies of this package. */
  static is(error: unknown, ...codes: CropperErrorCode[]): error is CropperError {
    if (!(error instanceof Error) || error.name !== 'CropperError' || !('code' in error)) return false
    return codes.length === 0 || codes.includes(error.code as CropperErrorCode)
  }
}
