import { show } from '@bucket-brigade/core'
import { HttpProblem } from '../problems/http-problem.js'

/** 400: the request breaks the form's rules. */
export function invalidRequest(detail: string, cause?: unknown): HttpProblem {
  return new HttpProblem(400, 'invalid-request', sentence(detail), cause === undefined ? {} : { cause })
}

/** 413: `maxBytes` goes along for programs. */
export function fileTooLarge(field: string, maxBytes: number): HttpProblem {
  const detail = `expected a file of at most ${maxBytes} bytes in field ${show(field)}; a larger one came`
  return new HttpProblem(413, 'file-too-large', sentence(detail), { extra: { maxBytes } })
}

/** 415: not a form that can carry files. */
export function unsupportedMediaType(detail: string): HttpProblem {
  return new HttpProblem(415, 'unsupported-media-type', sentence(detail))
}

/** 408: the connection is of no more use. */
export function tooSlow(bytesPerSecond: number): HttpProblem {
  return new HttpProblem(
    408,
    'request-timeout',
    `The request came too slowly: expected at least ${bytesPerSecond} bytes per second.`,
  )
}

/** The client has gone; nobody reads this but the log. */
export function requestAborted(cause?: unknown): HttpProblem {
  return new HttpProblem(400, 'request-aborted', 'The connection was closed before the request was complete.', {
    cause,
  })
}

/** The first letter large, and a full stop. */
export function sentence(detail: string): string {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`
}
