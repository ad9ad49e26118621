import type { IncomingMessage } from 'node:http'
import { type AvatarCropper, CropperError, english, messageOf } from '@bucket-brigade/avatar-cropper'
import { type AvatarPages, avatarSession } from '@bucket-brigade/avatar-cropper/router'
import { HttpProblem, problems } from '@bucket-brigade/express'
import { type Request, type Response, Router } from 'express'
import { addressOf, PLAIN } from './addresses.js'
import type { HtmlValue } from './html.js'
import { layout, type PageFrame, refusalPage } from './layout.js'
import { earlierPictures, picturesView, removeForm } from './picture-pages.js'
import { readChoice } from './square.js'
import { cropForm, type ShownSession, saveForm, signInForm, uploadForm } from './step-pages.js'

/** Where the avatar router leads browsers without scripts. */
export const AVATAR_PAGES: AvatarPages = {
  upload: PLAIN.choose,
  crop: PLAIN.crop,
  save: PLAIN.save,
  done: PLAIN.done,
}

export interface PlainPagesOptions {
  readonly cropper: AvatarCropper
  /** Who sends a request. */
  readonly authenticate: (req: Pick<Request, 'headers'>) => string | undefined
  /** Who answers, as `x-served-by` says. */
  readonly server: string
}

/** The whole flow as pages with forms. Each shows what the request and the bucket say; no server remembers a step. */
export class PlainPages {
  readonly router = Router()
  readonly #options: PlainPagesOptions

  constructor(options: PlainPagesOptions) {
    this.#options = options
    const { router } = this
    router.use('/plain', (_req, res, next) => {
      res.set('cache-control', 'no-store')
      next()
    })
    router.get(PLAIN.choose, (req, res) => this.#choose(req, res))
    this.#page(PLAIN.crop, (req, res, user) => this.#crop(req, res, user))
    this.#page(PLAIN.save, (req, res, user) => this.#save(req, res, user))
    this.#page(PLAIN.done, async (_req, res, user) => {
      const list = await this.#options.cropper.list(user)
      this.#send(res, { title: list.current ? 'Your picture' : 'No picture yet', user }, picturesView(list))
    })
    this.#page(PLAIN.remove, (req, res, user) => this.#remove(req, res, user))
    router.use('/plain', problems({ map: inWords, renderHtml: this.renderProblem }))
  }

  /** Any refusal as a page, for whoever answers with `problems`. */
  readonly renderProblem = (problem: HttpProblem, req: IncomingMessage): string => {
    const { server, authenticate } = this.#options
    const { title, detail, code } = problem
    return refusalPage({ server, user: authenticate(req) }, { title, detail, code, back: wayBack(problem, req) })
  }

  /** A page of somebody; nobody is asked to sign in. */
  #page(path: string, show: (req: Request, res: Response, user: string) => Promise<void>): void {
    this.router.get(path, async (req, res) => {
      const user = this.#options.authenticate(req)
      if (user === undefined) res.redirect(303, PLAIN.choose)
      else await show(req, res, user)
    })
  }

  async #choose(req: Request, res: Response): Promise<void> {
    const { authenticate, cropper } = this.#options
    const user = authenticate(req)
    if (user === undefined) {
      this.#send(res, { title: 'Your picture, passed along.', user }, signInForm())
      return
    }
    const list = await cropper.list(user)
    this.#send(res, { title: 'Choose a picture', user, step: 'Choose' }, [
      uploadForm(cropper.maxUploadBytes),
      earlierPictures(list),
    ])
  }

  async #crop(req: Request, res: Response, user: string): Promise<void> {
    const session = await this.#session(req, user)
    // The address of a crop that is to be made anew: its upload has a page of its own.
    if (session.step === 'save') res.redirect(303, addressOf(PLAIN.crop, { session: session.session }))
    else this.#send(res, { title: 'Crop it', user, step: 'Crop' }, cropForm(session, readChoice(req.query)))
  }

  async #save(req: Request, res: Response, user: string): Promise<void> {
    const session = await this.#session(req, user)
    if (session.step === 'crop') res.redirect(303, addressOf(PLAIN.crop, { session: session.reference }))
    else this.#send(res, { title: 'This is how it will look', user, step: 'Save' }, saveForm(session))
  }

  async #remove(req: Request, res: Response, user: string): Promise<void> {
    const { avatars } = await this.#options.cropper.list(user)
    const avatar = avatars.find(({ id }) => id === req.query.id)
    if (!avatar) throw new CropperError('not-found', 'this user has no such avatar')
    this.#send(res, { title: 'Delete this picture?', user }, removeForm(avatar))
  }

  async #session(req: Request, user: string): Promise<ShownSession> {
    const session = await avatarSession(req, this.#options.cropper, user)
    if (session) return session
    throw new CropperError('token-invalid', 'this browser keeps no such session: upload the picture again')
  }

  #send(res: Response, frame: Omit<PageFrame, 'server'>, content: HtmlValue): void {
    res.type('html').send(layout({ ...frame, server: this.#options.server }, content))
  }
}

/** What the router says of its own refusals, for those of the pages. Faults of the set-up keep their words to the log. */
function inWords(error: unknown): HttpProblem | undefined {
  if (!CropperError.is(error)) return undefined
  const { code, message, parameters } = error
  const status = code === 'not-found' ? 404 : code.startsWith('token-') ? 403 : undefined
  const title = messageOf(english, code, parameters)
  if (status === undefined || title === undefined) return undefined
  return new HttpProblem(status, code, message, { title, cause: error })
}

const AGAIN: ReadonlySet<string> = new Set(['crop-out-of-bounds', 'invalid-request', 'image-timeout'])

/** To the crop where another one helps and the form named its session, else to the beginning. */
function wayBack({ code }: HttpProblem, req: IncomingMessage): { readonly href: string; readonly label: string } {
  const body: unknown = 'body' in req ? req.body : undefined
  const named = typeof body === 'object' && body !== null && 'session' in body ? body.session : undefined
  if (AGAIN.has(code) && typeof named === 'string' && /^[0-9a-f]{32}$/.test(named)) {
    return { href: addressOf(PLAIN.crop, { session: named }), label: 'Crop again' }
  }
  if (code === 'unauthenticated') return { href: PLAIN.choose, label: 'Sign in' }
  return { href: PLAIN.choose, label: 'Choose a picture' }
}
