/** What went wrong, by cause. Callers branch on this, never on a message. */
export type StoreErrorCode =
  | 'not-found'
  | 'bucket-not-found'
  | 'already-exists'
  | 'precondition-failed'
  | 'outcome-unknown'
  | 'invalid-key'
  | 'invalid-argument'
  | 'permission-denied'
  | 'integrity'
  | 'acl-unsupported'
  | 'unsupported'
  | 'unavailable'
  | 'unknown'

/** Where an error happened. */
export interface StoreErrorContext {
  readonly operation: string
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  readonly cause?: unknown
}

/**
 * The one error that a store throws.
 *
 * `code` names the cause, `operation` the call that failed (`upload-part` within a long `put`), and the message ends
 * with the cure where there is one.
 * The service's own error is kept as `cause`; the message holds no credentials, tokens or signed URLs.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  readonly operation: string
  readonly bucket: string | undefined
  readonly key: string | undefined

  constructor(code: StoreErrorCode, message: string, context: StoreErrorContext) {
    super(message, { cause: context.cause })
    this.code = code
    this.operation = context.operation
    this.bucket = context.bucket
    this.key = context.key
  }

  /** True for a StoreError, with one of `codes` where any are named. Also true across copies of this package. */
  static is(error: unknown, ...codes: StoreErrorCode[]): error is StoreError {
    if (!(error instanceof Error) || error.name !== 'StoreError' || !('code' in error)) return false
    return codes.length === 0 || codes.includes(error.code as StoreErrorCode)
  }
}

/**
 * What a driver throws when it knows the cause itself. The store adds operation, bucket and key, once.
 * Errors of an SDK or of the operating system are thrown as they are and explained by `StorageDriver.explain`.
 */
export class DriverError extends Error {
  override readonly name = 'DriverError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** Names the operation in what `work` refuses, where no store does. */
export function named<T>(operation: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    throw new StoreError(error.code, `${operation}: ${error.message}`, { operation, cause: error })
  }
}

/** What a terminal or a log viewer obeys instead of showing it, and JSON lets through. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** Shows an untrusted value in a message: quoted, control characters escaped, cut at 80 characters. */
export function show(value: unknown): string {
  if (typeof value !== 'string') return typeof value === 'object' && value !== null ? 'an object' : String(value)
  const text = JSON.stringify(value).replace(UNSEEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return text.length > 82 ? `${text.slice(0, 80).toWellFormed()}…"` : text
}

/** An abort's reason, or anything else that was thrown, as the Error that streams insist on. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
