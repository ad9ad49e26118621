import type { Request } from 'express'

/**
 * The scheme that the person's browser used, for addresses in the answer: `store.url(key, { scheme: requestScheme(req) })`.
 *
 * What a proxy says in `X-Forwarded-Proto` counts only where Express's setting `trust proxy` names that proxy; it must
 * replace what came in, not add to it. Anything but `https` is `http`.
 *
 * @see WordPress is_ssl
 */
export function requestScheme(req: Request): 'https' | 'http' {
  return req.protocol.toLowerCase() === 'https' ? 'https' : 'http'
}
