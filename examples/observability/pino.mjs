/**
 * Logs every request, every avatar step and every call to the bucket, in lines that share a request id.
 *
 * For a server of your own take this file and shown-request.mjs, and put `log` in front of everything: `app.use(log)`.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { AVATAR_CHANNEL } from '@bucket-brigade/avatar-cropper'
import { REQUEST_CHANNEL } from '@bucket-brigade/core'
import { requestIdOf } from '@bucket-brigade/express'
import { pino } from 'pino'
import { isAboutHealth, shownPath } from './shown-request.mjs'

/**
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 */

/**
 * What is being worked on, through everything asynchronous. Outside of a request, as in a sweep, there is nothing.
 *
 * @type {AsyncLocalStorage<{ readonly req: IncomingMessage, readonly res: ServerResponse }>}
 */
const current = new AsyncLocalStorage()

/** Lines of your own get the request id, too. */
export const logger = pino({
  name: process.env.SERVER_NAME ?? 'balancer',
  level: process.env.LOG_LEVEL ?? 'debug',
  mixin: () => {
    const { req, res } = current.getStore() ?? {}
    // The answer has it once `requestIdentity` has run. A balancer gives it to the request.
    return { requestId: (res && requestIdOf(res)) ?? req?.headers['x-request-id'] }
  },
  // Keys hold user ids. Of a key, what it is for is left: tmp, uploads, state.
  redact: { paths: ['key'], censor: (key) => `${String(key).split('/', 1)[0]}/…` },
})

/**
 * @param {IncomingMessage} req
 * @param {ServerResponse} res
 * @param {() => void} next
 */
export function log(req, res, next) {
  const begun = performance.now()
  // Inside of a router it would be another one.
  const path = shownPath(req)
  const level = isAboutHealth(req) ? 'trace' : 'info'
  const work = { req, res }
  res.once('close', () => {
    const servedBy = res.getHeader('x-served-by')
    const milliseconds = performance.now() - begun
    const line = { method: req.method, path, status: res.statusCode, servedBy, milliseconds }
    current.run(work, () => logger[level](line, 'request'))
  })
  current.run(work, next)
}

subscribe(AVATAR_CHANNEL, (event) => logger.info(event, 'avatar'))

subscribe(REQUEST_CHANNEL, (event) => {
  const { req } = current.getStore() ?? {}
  logger[req && isAboutHealth(req) ? 'trace' : 'debug'](event, 'bucket')
})
