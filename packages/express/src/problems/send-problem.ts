import type { IncomingMessage, ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import type { ErrorRequestHandler } from 'express'
import { prefersHtml } from '../requests/accept.js'
import { type DrainOptions, drainRequest } from '../requests/drain-request.js'
import { requestIdOf } from '../requests/request-identity.js'
import { type HttpProblem, problemOf } from './http-problem.js'

/** How an error is told to who sent the request. */
export interface SendProblemOptions extends DrainOptions {
  /** A page for people, where `Accept` prefers HTML. It must escape what it shows. Default: always JSON. */
  readonly renderHtml?: ((problem: HttpProblem, req: IncomingMessage) => string) | undefined
}

/** What errors of the application mean, and who else is told of them. */
export interface ProblemsOptions extends SendProblemOptions {
  /** Translates errors of the application. Undefined leaves an error to `problemOf`. */
  readonly map?: ((error: unknown, req: IncomingMessage) => HttpProblem | undefined) | undefined
  /** Told of every error, before the answer. Default: writes errors that became a 5xx to stderr. */
  readonly onError?: ((error: unknown, problem: HttpProblem, req: IncomingMessage) => void) | undefined
}

/**
 * Answers with a refusal as `application/problem+json`: `{ title, status, code, detail, requestId, …extra }`.
 *
 * The rest of the request is read and dropped first (see `drainRequest`); where that was given up, the connection is
 * closed after the answer. It is `no-store`, unless the headers of the problem say otherwise. Where an answer has begun
 * already, it is cut off, so that nobody takes it for complete. Never rejects.
 */
export async function sendProblem(
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
  options: SendProblemOptions = {},
): Promise<void> {
  const problem = problemOf(error)
  if (res.headersSent) {
    res.destroy()
    return
  }
  const drained = await drainRequest(req, options)
  if (res.destroyed || res.headersSent) return
  const { type, body } = renderProblem(req, res, problem, options.renderHtml)
  res.statusCode = problem.status
  // They described the answer that was not given.
  for (const name of ['content-encoding', 'content-range', 'etag', 'last-modified']) res.removeHeader(name)
  res.setHeader('Cache-Control', 'no-store')
  for (const [name, value] of Object.entries(problem.headers)) res.setHeader(name, value)
  if (!drained) res.setHeader('Connection', 'close')
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', Buffer.byteLength(body))
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.end(body)
}

/** Express error middleware: place it last. Every error becomes one `application/problem+json` answer. */
export function problems(options: ProblemsOptions = {}): ErrorRequestHandler {
  const { map, onError = logServerErrors } = options
  // Express tells error middleware by its four parameters.
  return (error: unknown, req, res, _next) => {
    forgetBody(error)
    const problem = map?.(error, req) ?? problemOf(error)
    onError(error, problem, req)
    void sendProblem(req, res, problem, options)
  }
}

/**
 * Express's parsers hang a body that they cannot read on their error. A token may be in it, and whoever logs the error, or
 * what it caused, would log that.
 */
function forgetBody(error: unknown): void {
  if (!(error instanceof Error) || !('body' in error) || !('type' in error)) return
  // Errors of the application may have a body, too: theirs is for its own `map`.
  if (typeof error.type === 'string' && error.type.startsWith('entity.')) delete error.body
}

function logServerErrors(error: unknown, problem: HttpProblem, req: IncomingMessage): void {
  if (problem.status < 500) return
  const path = req.url?.split('?', 1)[0]
  process.stderr.write(`${req.method} ${path} answered ${problem.status} ${problem.code}: ${inspect(error)}\n`)
}

function renderProblem(
  req: IncomingMessage,
  res: ServerResponse,
  problem: HttpProblem,
  renderHtml: SendProblemOptions['renderHtml'],
): { readonly type: string; readonly body: string } {
  if (renderHtml !== undefined) {
    addVary(res, 'Accept')
    if (prefersHtml(req)) return { type: 'text/html; charset=utf-8', body: renderHtml(problem, req) }
  }
  const { status, title, code, detail, extra } = problem
  const body = JSON.stringify({ ...extra, title, status, code, detail, requestId: requestIdOf(res) })
  return { type: 'application/problem+json', body }
}

function addVary(res: ServerResponse, field: string): void {
  const fields = String(res.getHeader('Vary') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const known = fields.some((name) => name === '*' || name.toLowerCase() === field.toLowerCase())
  if (!known) res.setHeader('Vary', [...fields, field].join(', '))
}
