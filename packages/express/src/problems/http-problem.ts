import { STATUS_CODES } from 'node:http'
import { StoreError, type StoreErrorCode } from '@bucket-brigade/core'

/** What a refusal says beyond its status and code. */
export interface HttpProblemOptions {
  /** The kind of refusal in words for people, in whatever language. Default: the status's own phrase. */
  readonly title?: string | undefined
  /** Response headers that belong to the refusal, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Further members of the answer. They never replace `title`, `status`, `code`, `detail` or `requestId`. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined
  /** What caused it: for logs, never for the answer. */
  readonly cause?: unknown
}

/**
 * A refusal, ready to be sent as `application/problem+json` (RFC 9457).
 *
 * Everything in it but `cause` is shown to the client: no keys of buckets, no tokens, no file paths.
 */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  /** HTTP status, 400 to 599. */
  readonly status: number
  readonly title: string
  /** Stable name of the cause, for programs: `file-too-large`. */
  readonly code: string
  /** What was expected, what came, how to cure it; for people. */
  readonly detail: string
  readonly headers: Readonly<Record<string, string>>
  readonly extra: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, detail: string, options: HttpProblemOptions = {}) {
    super(detail, { cause: options.cause })
    this.status = status
    this.title = options.title ?? STATUS_CODES[status] ?? 'Error'
    this.code = code
    this.detail = detail
    this.headers = options.headers ?? {}
    this.extra = options.extra ?? {}
  }

  /** True for a HttpProblem, with one of `codes` where any are named. Also true across copies of this package. */
  static is(error: unknown, ...codes: string[]): error is HttpProblem {
    if (!(error instanceof Error) || error.name !== 'HttpProblem' || !('code' in error)) return false
    return codes.length === 0 || codes.includes(String(error.code))
  }
}

const RETRY_SOON = { 'Retry-After': '1' }
const STORE_UNAVAILABLE = {
  status: 503,
  code: 'store-unavailable',
  detail: 'The object store does not answer at the moment: try again.',
  headers: RETRY_SOON,
}

interface ProblemShape {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What a client may learn of a store's error. Codes that are not here are faults of the server: 500. */
const OF_STORE: Readonly<Partial<Record<StoreErrorCode, ProblemShape>>> = {
  'not-found': { status: 404, code: 'not-found', detail: 'There is no such object.' },
  'already-exists': { status: 409, code: 'already-exists', detail: 'There is such an object already.' },
  'precondition-failed': {
    status: 412,
    code: 'precondition-failed',
    detail: 'The object has changed meanwhile: read it again, then repeat the request.',
  },
  'invalid-key': { status: 400, code: 'invalid-request', detail: 'The name of the object is not a valid key.' },
  integrity: {
    status: 400,
    code: 'integrity',
    detail: 'The body differs from what was announced, so nothing was stored: send it again.',
  },
  'outcome-unknown': STORE_UNAVAILABLE,
  unavailable: STORE_UNAVAILABLE,
}

/**
 * The refusal that an error means to a client.
 *
 * A HttpProblem is itself; a StoreError shows its cause and hides bucket and key; errors of Express's own parsers keep
 * their 4xx status; an abort is 503; everything else is `internal-error`, 500, without a word of its message.
 */
export function problemOf(error: unknown): HttpProblem {
  if (HttpProblem.is(error)) return error
  if (StoreError.is(error)) return shaped(OF_STORE[error.code] ?? INTERNAL, error)
  if (!(error instanceof Error)) return shaped(INTERNAL, error)
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return shaped(INTERRUPTED, error)
  return ofHttpError(error) ?? shaped(INTERNAL, error)
}

const INTERNAL: ProblemShape = {
  status: 500,
  code: 'internal-error',
  detail: 'The server failed. Its log tells why, under the request id.',
}

const INTERRUPTED: ProblemShape = {
  status: 503,
  code: 'interrupted',
  detail: 'The server stopped working on the request: send it again.',
  headers: RETRY_SOON,
}

function shaped({ status, code, detail, headers }: ProblemShape, cause: unknown): HttpProblem {
  return new HttpProblem(status, code, detail, headers === undefined ? { cause } : { headers, cause })
}

const CODES_OF_STATUS: Readonly<Record<number, string>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'request-too-large',
  415: 'unsupported-media-type',
}

/** Errors in the manner of `http-errors`, as Express's router and body parsers throw them. */
function ofHttpError(error: Error): HttpProblem | undefined {
  const status = 'status' in error ? error.status : undefined
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined
  const detail = 'expose' in error && error.expose === true ? error.message : 'The request cannot be understood.'
  return new HttpProblem(status, CODES_OF_STATUS[status] ?? 'invalid-request', detail, { cause: error })
}
