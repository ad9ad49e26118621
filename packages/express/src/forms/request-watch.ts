import type { IncomingMessage } from 'node:http'
import type { HttpProblem } from '../problems/http-problem.js'
import { abandonRequest } from '../requests/drain-request.js'
import { type Pace, PaceWatch } from '../requests/pace-watch.js'
import { requestAborted, tooSlow } from './form-problems.js'

/**
 * Tells when a request that is being read will not arrive: its client went away, or sends next to nothing.
 *
 * @param isWaiting True while this side does not read on.
 * @returns Stops watching, and leaves no listener.
 */
export function watchRequest(
  req: IncomingMessage,
  pace: Pace,
  isWaiting: () => boolean,
  onLost: (problem: HttpProblem) => void,
): () => void {
  // Who has sent everything owes nothing more, however long the bytes take to be stored.
  const isExcused = () => req.complete || isWaiting()
  const watch = new PaceWatch(pace, isExcused, () => {
    abandonRequest(req)
    onLost(tooSlow(pace.minBytesPerSecond))
  })
  const onData = (chunk: Buffer) => watch.saw(chunk.length)
  const onGone = (cause?: unknown) => {
    if (!req.complete) onLost(requestAborted(cause))
  }
  req.on('data', onData).on('error', onGone).on('close', onGone)
  return () => {
    watch.stop()
    req.off('data', onData).off('error', onGone).off('close', onGone)
  }
}
