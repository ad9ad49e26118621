import { HttpProblem } from '@bucket-brigade/express'
import { CropperError, type CropperErrorCode } from '../errors.js'

/** The status of every refusal. The codes are the same in answers as in code, so that pages can translate them. */
const STATUS: Readonly<Record<CropperErrorCode, number>> = {
  'invalid-request': 400,
  'crop-out-of-bounds': 400,
  'token-invalid': 403,
  'token-expired': 403,
  'token-user-mismatch': 403,
  'not-found': 404,
  'step-out-of-order': 409,
  'original-changed': 409,
  'pointer-conflict': 409,
  'session-unclaimed': 409,
  'session-expired': 410,
  'file-too-large': 413,
  'image-too-large': 413,
  'image-unsupported': 415,
  'image-corrupt': 422,
  refused: 422,
  'too-many-sessions': 429,
  'too-many-bytes': 429,
  'image-timeout': 503,
  overloaded: 503,
  'hook-failed': 503,
  'invalid-option': 500,
  'service-unsuitable': 500,
  'pointer-corrupt': 500,
}

const BUSY_SECONDS = 5

/** The answer to a refused step; undefined for errors of others. Faults in the set-up keep their words to the log. */
export function cropperProblem(error: unknown): HttpProblem | undefined {
  if (!CropperError.is(error)) return undefined
  const status = STATUS[error.code]
  if (status === 500) return undefined
  const { code, message, field, parameters } = error
  const { reason, retryAfterSeconds = status === 503 ? BUSY_SECONDS : undefined } = parameters
  return new HttpProblem(status, code, message, {
    cause: error,
    extra: { field, reason },
    ...(retryAfterSeconds === undefined ? {} : { headers: { 'Retry-After': String(retryAfterSeconds) } }),
  })
}
