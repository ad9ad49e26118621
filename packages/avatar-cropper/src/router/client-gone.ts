import { HttpProblem } from '@bucket-brigade/express'
import type { Response } from 'express'

/**
 * Aborted where the client goes away before its answer is complete: nobody works for those who do not wait.
 *
 * Every step may be repeated, so that it may also be broken off anywhere.
 */
export function whileClientWaits(res: Response): AbortSignal {
  const controller = new AbortController()
  res.once('close', () => {
    if (res.writableFinished) return
    controller.abort(
      new HttpProblem(400, 'request-aborted', 'The connection was closed before the answer was complete.'),
    )
  })
  return controller.signal
}
