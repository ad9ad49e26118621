import { show } from '@bucket-brigade/core'
import type { Request, RequestHandler } from 'express'
import { HttpProblem } from './problems/http-problem.js'

/** Whose pages may change state. */
export interface SameOriginOptions {
  /**
   * Origins whose pages may change state (`https://app.example`), or `same-host`: only pages of the host that the
   * request itself names.
   */
  readonly origins: readonly string[] | 'same-host'
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses state-changing requests that a page of another site makes a browser send (403 `cross-origin`).
 *
 * Browsers say where a request comes from: by `Sec-Fetch-Site`, else by `Origin`, else by `Referer`. `Origin: null`
 * names nobody and is refused, except where `Sec-Fetch-Site: same-origin` stands beside it (a form on a page with
 * `Referrer-Policy: no-referrer`). A request with none of the three is let through: it comes from a program, not from
 * a page. That is safe only together with SameSite cookies or bearer tokens, as a few old browsers send none of them.
 *
 * @throws TypeError where an origin is not `http(s)://host[:port]`
 */
export function sameOrigin({ origins }: SameOriginOptions): RequestHandler {
  const allowed = origins === 'same-host' ? undefined : new Set(origins.map(normaliseOrigin))
  return (req, res, next) => {
    if (SAFE_METHODS.has(req.method)) return next()
    res.vary('Origin')
    next(isAllowed(req, allowed) ? undefined : refusal(allowed))
  }
}

function isAllowed(req: Request, allowed: ReadonlySet<string> | undefined): boolean {
  const { origin, referer } = req.headers
  const site = req.headers['sec-fetch-site']
  if (site === 'same-origin') return true
  const said = site !== undefined && site !== 'none'
  const claimed = said ? (origin ?? '') : (origin ?? referer)
  if (claimed === undefined) return true
  const from = originOf(claimed)
  // A browser that says "cross-site" of a page on the same host has seen another scheme or port.
  if (from === undefined || (said && allowed === undefined)) return false
  return allowed === undefined ? isHostOf(req, from) : allowed.has(from.origin)
}

/** Both sides without the scheme's default port, which some proxies write. */
function isHostOf(req: Request, from: URL): boolean {
  return from.host === bareOrigin(`${from.protocol}//${req.host}`)?.host
}

function originOf(url: string): URL | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed?.protocol === 'http:' || parsed?.protocol === 'https:' ? parsed : undefined
}

/** Nothing but scheme, host and port. */
function bareOrigin(text: string): URL | undefined {
  const url = originOf(text)
  const isBare = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  return isBare ? url : undefined
}

/** Lower case, without the default port or a final slash, as browsers write it. */
export function normaliseOrigin(text: string): string {
  const url = typeof text === 'string' ? bareOrigin(text) : undefined
  if (url !== undefined) return url.origin
  throw new TypeError(`expected an origin such as "https://app.example"; received ${show(text)}`)
}

function refusal(allowed: ReadonlySet<string> | undefined): HttpProblem {
  const cure =
    allowed === undefined
      ? 'Only pages of this host may send it; if a proxy changes the Host header, name the origins or trust the proxy.'
      : 'Only pages of the configured origins may send it: open the page at its own address.'
  return new HttpProblem(403, 'cross-origin', `The request came from a page of another site. ${cure}`)
}
