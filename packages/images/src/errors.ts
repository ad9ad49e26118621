/** What went wrong, by cause. Callers branch on this, never on a message. */
export type ImageErrorCode =
  /** Not a picture, or not of an allowed type. */
  | 'image-unsupported'
  /** More pixels or frames than the limits allow, as `limit` says; or so many pieces that reading it takes minutes. */
  | 'image-too-large'
  /** Not done within `timeoutInSeconds`: the picture is too much work, or the server too busy. */
  | 'image-timeout'
  /** Truncated, or not decodable. */
  | 'image-corrupt'
  /** The crop leaves the picture; `field` says where. */
  | 'crop-out-of-bounds'
  /** A value of the recipe is none that a recipe can have; `field` says which. */
  | 'invalid-recipe'

/** What an ImageError knows beside its message. */
export interface ImageErrorDetails {
  /** The value at fault, for example `crop.width` or `outputs[1].quality`. */
  readonly field?: string | undefined
  /** The limit that was passed. */
  readonly limit?: 'maxPixels' | 'maxFrames' | undefined
  readonly cause?: unknown
}

/** The one error of this package. Its message says what was expected, what came and how to cure it. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly code: ImageErrorCode
  readonly field: string | undefined
  readonly limit: ImageErrorDetails['limit']

  constructor(code: ImageErrorCode, message: string, details: ImageErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.field = details.field
    this.limit = details.limit
  }

  /** True for an ImageError, with one of `codes` where any are named. Also true across copies of this package. */
  static is(error: unknown, ...codes: ImageErrorCode[]): error is ImageError {
    if (!(error instanceof Error) || error.name !== 'ImageError' || !('code' in error)) return false
    return codes.length === 0 || codes.includes(error.code as ImageErrorCode)
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
