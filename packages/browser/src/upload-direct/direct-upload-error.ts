/** What else is known about a failed upload. */
export interface DirectUploadErrorDetails {
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly bucketCode?: string | undefined
  readonly title?: string | undefined
  readonly language?: string | undefined
  readonly reason?: string | undefined
  readonly cause?: unknown
}

/**
 * The one error that `uploadDirect` rejects with, beside the reason of your own abort.
 *
 * `code` is the server's own where the application refused (`file-too-large`, `unauthenticated`, `session-expired`, …), or
 *
 * - `offline`: the network was gone for longer than `maxWaitSeconds`;
 * - `unreachable`: the application gave no answer, in all attempts;
 * - `cors-blocked`: the application can be reached, the bucket cannot: its CORS rules do not let this page in, as a rule;
 * - `bucket-refused`: the bucket answered with an error, see `status` and `bucketCode`;
 * - `file-unreadable`: the file was changed, moved or taken away while it was sent;
 * - `unexpected-answer`: what answers at `endpoint` does not speak the protocol.
 */
export class DirectUploadError extends Error {
  override readonly name = 'DirectUploadError'
  readonly code: string
  /** HTTP status of the refusal; 0 where there was no answer. */
  readonly status: number
  /** The application's name for the refused request, to be found in its log. */
  readonly requestId: string | undefined
  /** The bucket's own code, such as `EntityTooLarge`, where the page may read it. */
  readonly bucketCode: string | undefined
  /** What the application says to people, and in which language (`Content-Language`), where it does. */
  readonly title: string | undefined
  readonly language: string | undefined
  /** The application's own word for why it refused, where its answer has a `reason`. */
  readonly reason: string | undefined

  constructor(code: string, message: string, details: DirectUploadErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = code
    this.status = details.status ?? 0
    this.requestId = details.requestId
    this.bucketCode = details.bucketCode
    this.title = details.title
    this.language = details.language
    this.reason = details.reason
  }
}
