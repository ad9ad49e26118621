import { parsePrefix } from '@bucket-brigade/core'
import type { DiskDriver } from '@bucket-brigade/core/disk'
import { type Request, type Response, Router } from 'express'
import { HttpProblem } from '../problems/http-problem.js'
import { type ProblemsOptions, problems } from '../problems/send-problem.js'
import type { DrainOptions } from '../requests/drain-request.js'
import { CrossOrigin } from './cross-origin.js'
import { DiskAccess } from './disk-access.js'
import { parseAddress } from './object-address.js'
import { postObject } from './post-object.js'
import { readObject } from './read-object.js'
import { writeObject } from './write-object.js'

/** Which objects anybody may read, and which pages of other origins may fetch and send. */
export interface DiskObjectsOptions extends DrainOptions, Pick<ProblemsOptions, 'onError'> {
  /** Keys below these prefixes can be read by anybody, as by a bucket policy. Default: none. */
  readonly publicPrefixes?: readonly string[] | undefined
  /** Origins of other sites whose pages may read and upload, or `*`. Default: none. */
  readonly corsOrigins?: readonly string[] | '*' | undefined
}

const METHODS_OF_OBJECT = 'GET, HEAD, PUT, OPTIONS'
const METHODS_OF_BUCKET = 'POST, OPTIONS'

/**
 * Serves the objects of a disk driver as a bucket would: public reads, signed URLs, presigned PUT, parts and POST forms.
 *
 * Mount it where the driver's `baseUrl` points to. It keeps no state: any server that has the same directory and
 * secrets answers.
 *
 * ```ts
 * const driver = new DiskDriver({ directory: './data', baseUrl: 'http://localhost:3000/objects', secrets })
 * app.use('/objects', diskObjects(driver, { publicPrefixes: ['uploads/'] }))
 * ```
 *
 * @throws DriverError `invalid-key` where a prefix does not end in `/`; TypeError where an origin is malformed
 */
export function diskObjects(driver: DiskDriver, options: DiskObjectsOptions = {}): Router {
  const access = new DiskAccess(driver, (options.publicPrefixes ?? []).map(parsePrefix))
  const crossOrigin = new CrossOrigin(options.corsOrigins ?? [])
  const router = Router()
  router.use(async (req, res) => {
    crossOrigin.allow(req, res)
    await answer(access, crossOrigin, options, req, res)
  })
  router.use(problems(options))
  return router
}

async function answer(
  access: DiskAccess,
  crossOrigin: CrossOrigin,
  options: DrainOptions,
  req: Request,
  res: Response,
): Promise<void> {
  const address = parseAddress(req.url)
  const isBucket = address.key === ''
  switch (req.method) {
    case 'OPTIONS':
      return crossOrigin.preflight(req, res)
    case 'GET':
    case 'HEAD':
      if (!isBucket) return readObject(access, address, req, res)
      break
    case 'PUT':
      if (!isBucket) return writeObject(access, address, req, res, options)
      break
    case 'POST':
      if (isBucket) return postObject(access, address, req, res, options)
      break
  }
  const allowed = isBucket ? METHODS_OF_BUCKET : METHODS_OF_OBJECT
  throw new HttpProblem(405, 'method-not-allowed', `Expected one of ${allowed}; received ${req.method}.`, {
    headers: { Allow: allowed },
  })
}
