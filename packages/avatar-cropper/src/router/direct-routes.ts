import type { Request, RequestHandler, Response, Router } from 'express'
import type { AvatarCropper } from '../avatar-cropper.js'
import { CropperError } from '../errors.js'
import type { SessionUser } from '../users/anonymous.js'
import { whileClientWaits } from './client-gone.js'
import type { Replies } from './replies.js'
import { RequestFields } from './request-fields.js'
import { formTokenOf } from './session-cookies.js'

/** What the routes of direct uploads are made of. */
export interface DirectRoutes {
  readonly router: Router
  readonly cropper: AvatarCropper
  readonly replies: Replies
  readonly body: readonly RequestHandler[]
  readonly personOf: (req: Request) => Promise<SessionUser>
}

/** Where the bucket sends a browser that has posted a form, below the router's own path. */
export const DONE_PATH = '/direct/done'

/** Longer than any file system's names. */
const MAX_FILENAME_CHARACTERS = 1024

/** Uploads straight to the bucket: the servers see what is said about a file, never the file itself. */
export function addDirectUploads({ router, cropper, replies, body, personOf }: DirectRoutes): void {
  router.post('/direct', ...body, async (req: Request, res: Response) => {
    const user = await personOf(req)
    const fields = new RequestFields(req)
    // Names tell nothing, and no key is made of them.
    fields.shortText('filename', MAX_FILENAME_CHARACTERS)
    replies.offered(res, await cropper.offerUpload(user, { type: fields.text('type'), bytes: fields.number('bytes') }))
  })
  router.post('/direct/renew', ...body, async (req: Request, res: Response) => {
    const user = await personOf(req)
    res.json({ upload: await cropper.renewUpload(new RequestFields(req).text('token'), { user }) })
  })
  router.post('/direct/complete', ...body, async (req: Request, res: Response) => {
    const user = await personOf(req)
    const token = new RequestFields(req).text('token')
    replies.uploaded(req, res, await cropper.acceptUpload(token, { user, signal: whileClientWaits(res) }))
  })
  router.post('/direct/abort', ...body, async (req: Request, res: Response) => {
    const user = await personOf(req)
    await cropper.abandonUpload(new RequestFields(req).text('token'), { user })
    res.json({})
  })
  router.get(`${DONE_PATH}/:session`, async (req: Request<{ session: string }>, res: Response) => {
    const user = await personOf(req as Request)
    const token = keptToken(req as Request, req.params.session)
    replies.uploaded(req as Request, res, await cropper.acceptUpload(token, { user, signal: whileClientWaits(res) }))
  })
}

/** What the bucket adds to the address is for those who know nothing else: the token says where the file is. */
function keptToken(req: Request, session: string): string {
  const token = formTokenOf(req, session)
  if (token !== undefined) return token
  throw new CropperError(
    'token-invalid',
    'this browser keeps no such form, as its cookie is gone or was refused: upload the picture again',
    { field: 'session' },
  )
}
