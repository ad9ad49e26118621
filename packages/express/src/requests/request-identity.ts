import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { show } from '@bucket-brigade/core'
import type { RequestHandler } from 'express'

const REQUEST_ID_HEADER = 'x-request-id'

/** What other systems use as ids, and nothing that could break a log line or a header. */
const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:+=/-]{0,127}$/
const SERVER_NAME = /^[\x21-\x7e]{1,128}$/

/** Who answers. */
export interface RequestIdentityOptions {
  /** Name of this process, shown as `x-served-by`: 1 to 128 visible ASCII characters. */
  readonly server: string
}

/**
 * Says on each answer which request it belongs to and which server gave it.
 *
 * A well-formed `x-request-id` that came in is kept, so that one id follows a request through balancer, servers and
 * logs; otherwise a new one is made.
 *
 * @throws TypeError where `server` cannot stand in a header
 */
export function requestIdentity({ server }: RequestIdentityOptions): RequestHandler {
  if (typeof server !== 'string' || !SERVER_NAME.test(server)) {
    throw new TypeError(`expected server to be 1 to 128 visible ASCII characters; received ${show(server)}`)
  }
  return (req, res, next) => {
    const given = req.headers[REQUEST_ID_HEADER]
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
    res.setHeader(REQUEST_ID_HEADER, id)
    res.setHeader('x-served-by', server)
    next()
  }
}

/** The id that `requestIdentity` gave to the request of this answer. */
export function requestIdOf(res: ServerResponse): string | undefined {
  const id = res.getHeader(REQUEST_ID_HEADER)
  return typeof id === 'string' ? id : undefined
}
