import type { RequestHandler } from 'express'

/** Marks answers as `no-store`: for routes whose answers hold tokens and signed addresses. */
export const neverCached: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}
