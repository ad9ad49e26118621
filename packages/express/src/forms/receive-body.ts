import type { IncomingMessage } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import { type DrainOptions, drainRequest, paceOf } from '../requests/drain-request.js'
import { watchRequest } from './request-watch.js'

/**
 * Hands over the bare body of a request as a stream that may be destroyed without harm to the connection.
 *
 * The stream fails where the client goes away or hangs. Where `onBody` rejects, the rest of the request is read and
 * dropped, up to `drainBytes`, before this rejects with the same error.
 *
 * @throws HttpProblem `request-aborted`, `request-timeout`
 * @throws TypeError where the body was read by somebody else before
 */
export async function receiveBody<T>(
  req: IncomingMessage,
  options: DrainOptions,
  onBody: (body: Readable) => Promise<T>,
): Promise<T> {
  if (req.readableDidRead)
    throw new TypeError('the body of the request was read before: put receiveBody before body parsers')
  const body = new PassThrough()
  let lost: Error | undefined
  body.on('error', () => {})
  const stopWatching = watchRequest(
    req,
    paceOf(options),
    () => body.writableNeedDrain,
    (problem) => {
      lost = problem
      body.destroy(problem)
    },
  )
  req.pipe(body)
  try {
    return await onBody(body)
  } catch (error) {
    throw lost ?? error
  } finally {
    stopWatching()
    req.unpipe(body)
    body.destroy()
    await drainRequest(req, options)
  }
}
