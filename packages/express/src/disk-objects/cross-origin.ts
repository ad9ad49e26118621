import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpProblem } from '../problems/http-problem.js'
import { normaliseOrigin } from '../same-origin.js'

const METHODS = 'GET, HEAD, PUT, POST'
const EXPOSED = 'ETag, Location, Content-Length, Content-Range, Last-Modified, X-Request-Id'
const HEADER_NAMES = /^[A-Za-z0-9-]+(?:[ \t]*,[ \t]*[A-Za-z0-9-]+)*$/
const PREFLIGHT_SECONDS = '3000'

/**
 * Lets pages of other origins use the objects' addresses, as the CORS rules of a bucket do. Cookies never count.
 *
 * Clients read the ETag of what they uploaded, so it is exposed.
 */
export class CrossOrigin {
  readonly #origins: ReadonlySet<string> | '*'

  /** @throws TypeError where an origin is malformed */
  constructor(origins: readonly string[] | '*') {
    this.#origins = origins === '*' ? '*' : new Set(origins.map(normaliseOrigin))
  }

  /** Sets the headers that every answer to an allowed origin needs, refusals too. */
  allow(req: IncomingMessage, res: ServerResponse): void {
    if (this.#origins !== '*') res.setHeader('Vary', 'Origin')
    const origin = this.#allowed(req)
    if (origin === undefined) return
    res.setHeader('Access-Control-Allow-Origin', origin)
    res.setHeader('Access-Control-Expose-Headers', EXPOSED)
  }

  /** Answers a browser's question whether it may send a request. @throws HttpProblem `cross-origin` */
  preflight(req: IncomingMessage, res: ServerResponse): void {
    if (this.#allowed(req) === undefined) {
      throw new HttpProblem(
        403,
        'cross-origin',
        'Pages of this origin may not use these addresses: add it to corsOrigins.',
      )
    }
    const wanted = req.headers['access-control-request-headers'] ?? ''
    res.setHeader('Access-Control-Allow-Methods', METHODS)
    if (HEADER_NAMES.test(wanted)) res.setHeader('Access-Control-Allow-Headers', wanted)
    res.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS)
    res.writeHead(204).end()
  }

  #allowed(req: IncomingMessage): string | undefined {
    const { origin } = req.headers
    if (origin === undefined) return undefined
    if (this.#origins === '*') return '*'
    return this.#origins.has(origin) ? origin : undefined
  }
}
