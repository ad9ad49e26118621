import { hostname } from 'node:os'
import {
  HttpProblem,
  neverCached,
  receiveForm,
  requestIdentity,
  requestIdOf,
  sameOrigin,
} from '@bucket-brigade/express'
import type { CropData } from '@bucket-brigade/images'
import { json, type Request, type RequestHandler, type Response, Router, urlencoded } from 'express'
import type { AvatarCropper } from '../avatar-cropper.js'
import type { StepOptions } from '../context.js'
import { CropperError } from '../errors.js'
import type { ClaimedSession } from '../steps/claim.js'
import type { SessionState } from '../steps/inspect.js'
import { anonymous, type SessionUser } from '../users/anonymous.js'
import { whileClientWaits } from './client-gone.js'
import { addPictures, type PictureOptions } from './current-picture.js'
import { addDirectUploads } from './direct-routes.js'
import type { AvatarPages } from './pages.js'
import { type ProblemAnswerOptions, problemAnswers } from './problem-answers.js'
import { Replies } from './replies.js'
import { RequestFields } from './request-fields.js'
import { tokenOf } from './session-cookies.js'

/** How the steps are offered over HTTP. */
export interface AvatarRouterOptions extends PictureOptions, ProblemAnswerOptions {
  readonly cropper: AvatarCropper
  /** Who sends a request: the user's id, or undefined for nobody. */
  readonly authenticate: (req: Request) => string | undefined | Promise<string | undefined>
  /** Origins whose pages may change avatars, for example `https://app.example`; `same-host` for the router's own. */
  readonly origins: readonly string[] | 'same-host'
  /** Name of this process in `x-served-by`. Default: host name and process id. */
  readonly server?: string | undefined
  /**
   * What people may do whom `authenticate` does not know. `refused` (default): nothing, 401. `allowed`: upload and crop,
   * for sign-up forms; `POST /claim` makes the session theirs once they have an id, and only then it can be saved.
   */
  readonly anonymous?: 'refused' | 'allowed' | undefined
  /** Pages for browsers without scripts. Default: every answer is JSON. */
  readonly pages?: AvatarPages | undefined
}

/** Longer than any token with its crop, shorter than any abuse. */
const MAX_BODY = '32kb'

/**
 * The avatar steps over HTTP. Mount it where you like, for example at `/avatars`, before any body parser.
 *
 * Answers JSON; browsers without scripts post the same routes as forms and are led from page to page where `pages` are
 * given. Refusals are `application/problem+json` with a stable `code`.
 */
export function avatarRouter(options: AvatarRouterOptions): Router {
  const router = Router()
  const routes: Routes = {
    router,
    options,
    replies: new Replies(options.pages),
    body: [json({ limit: MAX_BODY }), urlencoded({ extended: false, limit: MAX_BODY })],
  }
  router.use(identity(options), sameOrigin({ origins: options.origins }), neverCached)
  addUploads(routes)
  addDirectUploads({ ...routes, cropper: options.cropper, personOf: (req) => personOf(options, req) })
  addSteps(routes)
  addAvatars(routes)
  addPictures(router, options)
  router.use(problemAnswers(options))
  return router
}

/** A session as the page of a browser without scripts shows it. */
export interface ShownSession extends SessionState {
  /** Names the session in addresses and forms: a label, of no use without the cookie. */
  readonly reference: string
}

/**
 * What the page of a browser without scripts has to show: the session that its address names.
 *
 * @returns Undefined where the browser keeps no such session.
 * @throws CropperError `session-expired`, `original-changed`; token errors, for example `token-expired`
 */
export async function avatarSession(
  req: Request,
  cropper: AvatarCropper,
  user: SessionUser,
): Promise<ShownSession | undefined> {
  const reference = req.query.session
  const token = typeof reference === 'string' ? tokenOf(req, reference) : undefined
  if (typeof reference !== 'string' || token === undefined) return undefined
  return { ...(await cropper.inspectSession(token, { user })), reference }
}

/** What the routes are made of. */
interface Routes {
  readonly router: Router
  readonly options: AvatarRouterOptions
  readonly replies: Replies
  /** Reads JSON and forms; not for uploads. */
  readonly body: readonly RequestHandler[]
}

function addUploads({ router, options, replies }: Routes): void {
  const { cropper } = options
  router.post('/', async (req: Request, res: Response) => {
    const user = await personOf(options, req)
    const { result } = await receiveForm(
      req,
      { maxFileBytes: cropper.maxUploadBytes, position: 'last' },
      ({ stream, length }) => cropper.upload(user, stream, { contentLength: length }),
    )
    replies.uploaded(req, res, result)
  })
}

function addSteps({ router, options, replies, body }: Routes): void {
  const { cropper } = options
  router.post('/crop', ...body, async (req: Request, res: Response) => {
    const user = await personOf(options, req)
    const fields = new RequestFields(req)
    const step: StepOptions = { user, signal: whileClientWaits(res) }
    replies.cropped(req, res, await cropper.crop(tokenFrom(req, fields), cropFrom(fields), step))
  })
  router.post('/save', ...body, async (req: Request, res: Response) => {
    const user = await signedIn(options, req)
    const step: StepOptions = { user, signal: whileClientWaits(res) }
    replies.avatar(req, res, await cropper.save(tokenFrom(req, new RequestFields(req)), step))
  })
  router.post('/claim', ...body, async (req: Request, res: Response) => {
    const user = await signedIn(options, req)
    const claimed = await cropper.claim(tokenFrom(req, new RequestFields(req)), user)
    // A browser without scripts keeps the token of the upload beside that of its crop: cropping again becomes theirs, too.
    const upload = claimed.step === 'save' ? tokenOf(req, claimed.session) : undefined
    replies.claimed(req, res, claimed, upload === undefined ? [] : await claimToo(cropper, upload, user))
  })
  router.post('/preview', ...body, async (req: Request, res: Response) => {
    const user = await personOf(options, req)
    const { preview } = await cropper.inspectSession(tokenFrom(req, new RequestFields(req)), { user })
    res.json({ preview })
  })
}

/** What the claim of a crop needs not: the upload may be somebody else's, who used this browser before. */
async function claimToo(cropper: AvatarCropper, upload: string, user: string): Promise<readonly ClaimedSession[]> {
  try {
    return [await cropper.claim(upload, user)]
  } catch (error) {
    if (CropperError.is(error)) return []
    throw error
  }
}

function addAvatars({ router, options, replies, body }: Routes): void {
  const { cropper } = options
  const select = async (req: Request, res: Response) => {
    const user = await signedIn(options, req)
    replies.avatar(req, res, await cropper.select(user, new RequestFields(req).text('id')))
  }
  const remove = async (req: Request<{ id: string }>, res: Response) => {
    await cropper.remove(await signedIn(options, req), req.params.id)
    replies.removed(req, res)
  }
  router.get('/', async (req: Request, res: Response) => {
    const { current, avatars } = await cropper.list(await signedIn(options, req))
    res.json({ current: current ?? null, avatars })
  })
  router.put('/current', ...body, select)
  router.post('/current', ...body, select)
  router.delete('/:id', remove)
  router.post('/:id/delete', remove)
}

/** The user, or somebody without an id where they may go on. */
async function personOf(options: AvatarRouterOptions, req: Request): Promise<SessionUser> {
  if (options.anonymous !== 'allowed') return signedIn(options, req)
  return (await options.authenticate(req)) ?? anonymous
}

async function signedIn({ authenticate }: AvatarRouterOptions, req: Request): Promise<string> {
  const user = await authenticate(req)
  if (user !== undefined) return user
  throw new HttpProblem(401, 'unauthenticated', 'Sign in first: avatars belong to somebody.')
}

/** The token itself, or the one that the browser keeps for the session that its form names. */
function tokenFrom(req: Request, fields: RequestFields): string {
  const reference = fields.optionalText('session')
  const given = fields.optionalText('token')
  if (given !== undefined || reference === undefined) return given ?? fields.text('token')
  const kept = tokenOf(req, reference)
  if (kept !== undefined) return kept
  throw new CropperError(
    'token-invalid',
    'this browser keeps no such session, as its cookie is gone or was refused: upload the picture again',
    { field: 'session' },
  )
}

function cropFrom(fields: RequestFields): CropData {
  return {
    x: fields.number('x'),
    y: fields.number('y'),
    width: fields.number('width'),
    height: fields.number('height'),
    rotate: fields.numberOr('rotate', 0),
    scaleX: fields.numberOr('scaleX', 1),
    scaleY: fields.numberOr('scaleY', 1),
  }
}

/** An application that gave the request an identity already keeps it. */
function identity({ server = `${hostname()}:${process.pid}` }: AvatarRouterOptions): RequestHandler {
  const identify = requestIdentity({ server })
  return (req, res, next) => (requestIdOf(res) === undefined ? identify(req, res, next) : next())
}
