import type { IncomingMessage } from 'node:http'
import { show } from '@bucket-brigade/core'
import { invalidRequest, unsupportedMediaType } from './form-problems.js'

/** RFC 2046, section 5.1.1: 1 to 70 characters, the last one not a space. */
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/
const PARAMETER = /;[ \t]*([^\s=;"]+)=(?:"([^"\\]*)"|([^\s;"]*))[ \t]*/gy

/**
 * The boundary of a request that carries a form with files.
 *
 * @throws HttpProblem `unsupported-media-type` where it is something else, `invalid-request` where the boundary is not sound
 */
export function formBoundary(req: Pick<IncomingMessage, 'headers'>): string {
  const contentType = req.headers['content-type']
  const encoding = req.headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') {
    throw unsupportedMediaType(`expected a form without Content-Encoding; received ${show(encoding)}`)
  }
  if (contentType === undefined) throw unsupportedMediaType('expected multipart/form-data; received no Content-Type')
  const end = contentType.indexOf(';')
  const type = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
  if (type !== 'multipart/form-data') {
    throw unsupportedMediaType(`expected multipart/form-data; received ${show(type)}`)
  }
  const boundaries = end === -1 ? [] : boundariesOf(contentType.slice(end).trimEnd())
  const [boundary] = boundaries
  if (boundary === undefined || boundaries.length > 1 || !BOUNDARY.test(boundary)) {
    throw invalidRequest(
      `expected one boundary of 1 to 70 characters in Content-Type; received ${show(contentType)}: leave that header to the HTTP client`,
    )
  }
  return boundary
}

/** Values of all `boundary` parameters; none where the parameters are malformed. */
function boundariesOf(parameters: string): string[] {
  const found: string[] = []
  let end = 0
  for (const match of parameters.matchAll(PARAMETER)) {
    end = match.index + match[0].length
    if (match[1]?.toLowerCase() === 'boundary') found.push(match[2] ?? match[3] ?? '')
  }
  return end === parameters.length || parameters.slice(end) === ';' ? found : []
}
