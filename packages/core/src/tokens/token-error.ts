/** Why a token is not accepted: it was not made so here (`invalid`), or its time is over (`expired`). */
export type TokenErrorCode = 'invalid' | 'expired'

/** A token that is not accepted. Neither message nor cause holds the token or a secret. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode

  constructor(code: TokenErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  /** True for a TokenError, with one of `codes` where any are named. Also true across copies of this package. */
  static is(error: unknown, ...codes: TokenErrorCode[]): error is TokenError {
    if (!(error instanceof Error) || error.name !== 'TokenError' || !('code' in error)) return false
    return codes.length === 0 || codes.includes(error.code as TokenErrorCode)
  }
}
