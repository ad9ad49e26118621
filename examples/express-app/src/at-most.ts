import { HttpProblem } from '@bucket-brigade/express'
import type { RequestHandler } from 'express'

const LONGEST_ADVICE_IN_SECONDS = 60
/** How much the last request counts among all before it. */
const WEIGHT_OF_LAST = 0.2

/**
 * Lets so many requests in at once, and refuses more in the same moment: 503 `overloaded`, with `Retry-After` as long as
 * one of them lately took. What is let in gets done; a line that only grows would end with nobody served.
 *
 * @param limit From 1.
 * @param work What there is enough of, for people who read answers: `uploads`.
 */
export function atMost(limit: number, work: string): RequestHandler {
  let inside = 0
  let usualInMs = 1000
  return (_req, res, next) => {
    if (inside >= limit) {
      const seconds = Math.min(LONGEST_ADVICE_IN_SECONDS, Math.max(1, Math.ceil(usualInMs / 1000)))
      const detail = `This server takes no more ${work} now, as it has ${limit} in hand: try again in ${seconds} s.`
      next(new HttpProblem(503, 'overloaded', detail, { headers: { 'Retry-After': String(seconds) } }))
      return
    }
    inside += 1
    const begun = performance.now()
    res.once('close', () => {
      inside -= 1
      usualInMs += (performance.now() - begun - usualInMs) * WEIGHT_OF_LAST
    })
    next()
  }
}
