/**
 * Logs every request, every avatar step and every call to the bucket, in lines that share a request id.
 *
 * `node examples/observability/pino.mjs` shows them for one person who uploads, crops and saves. For your own server, take
 * everything but the last line, and put `log` after `requestIdentity`.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { AVATAR_CHANNEL } from '@bucket-brigade/avatar-cropper'
import { REQUEST_CHANNEL } from '@bucket-brigade/core'
import { requestIdOf } from '@bucket-brigade/express'
import { pino } from 'pino'
import { runFlow } from './avatar-server.mjs'

const logger = pino({
  redact: {
    // Keys hold user ids, headers hold secrets. Of a key, what it is for is left: tmp, uploads, state.
    paths: ['key', 'headers.cookie', 'headers.authorization'],
    censor: (value, [name]) => (name === 'key' ? `${String(value).split('/', 1)[0]}/…` : '[removed]'),
  },
})

/** @type {AsyncLocalStorage<import('pino').Logger>} */
const ofRequest = new AsyncLocalStorage()

/**
 * @param {import('express').Request} req
 * @param {import('express').Response} res
 * @param {import('express').NextFunction} next
 */
export function log(req, res, next) {
  const begun = performance.now()
  const requestLogger = logger.child({ requestId: requestIdOf(res) })
  // The path alone: a query may be signed. Inside of a router it is another one.
  const { method, headers, path } = req
  res.once('close', () => {
    const milliseconds = performance.now() - begun
    requestLogger.info({ method, path, status: res.statusCode, milliseconds, headers }, 'request')
  })
  ofRequest.run(requestLogger, next)
}

/** Outside of a request, as in a sweep, there is no id. */
const current = () => ofRequest.getStore() ?? logger

subscribe(AVATAR_CHANNEL, (event) => current().info(event, 'avatar'))
subscribe(REQUEST_CHANNEL, (event) => current().debug(event, 'bucket'))
logger.level = process.env.LOG_LEVEL ?? 'debug'

await runFlow(log)
