import { Router } from 'express'
import { problems } from '../problems/send-problem.js'
import { neverCached } from '../requests/never-cached.js'
import { sameOrigin } from '../same-origin.js'
import { addForm } from './form-route.js'
import { addProtocol } from './protocol-routes.js'
import type { DirectUploadsOptions } from './upload-options.js'
import { Uploads } from './uploads.js'
import { addUppy, uppyProblem } from './uppy-routes.js'

/**
 * Uploads straight from browsers to the bucket: this server decides everything and carries none of the bytes.
 *
 * Speaks the protocol of `@bucket-brigade/browser` at its root and that of stock Uppy clients (5 and 6) under `/s3`.
 * It keeps nothing between requests: any server with one of the secrets goes on with an upload.
 *
 * ```ts
 * app.use('/uploads', directUploads({ store, secrets, authenticate, origins: 'same-host', maxBytes: 5_000_000_000 }))
 * ```
 *
 * @throws TypeError where an option is out of range; StoreError where there is no secret, or a short one
 */
export function directUploads(options: DirectUploadsOptions): Router {
  const uploads = new Uploads(options)
  const router = Router()
  router.use(sameOrigin({ origins: options.origins }), neverCached)
  addForm(router, uploads)
  addProtocol(router, uploads)
  addUppy(router, uploads)
  router.use(problems({ map: uppyProblem, ...(options.onError === undefined ? {} : { onError: options.onError }) }))
  return router
}
