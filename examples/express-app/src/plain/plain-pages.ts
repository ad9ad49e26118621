import type { IncomingMessage } from 'node:http'
import { type AvatarCropper, anonymous, CropperError, type SessionUser } from '@bucket-brigade/avatar-cropper'
import { type AvatarPages, avatarForm, avatarSession, type ShownSession } from '@bucket-brigade/avatar-cropper/router'
import { type HttpProblem, problems } from '@bucket-brigade/express'
import { type Request, type Response, Router } from 'express'
import { tellFaults } from '../tell-faults.js'
import { addressOf, type Flow, PLAIN, SIGN_UP, SIGNED_IN } from './addresses.js'
import type { HtmlValue } from './html.js'
import type { Language, Languages } from './languages.js'
import { layout, type PageFrame, refusalPage } from './layout.js'
import { earlierPictures, picturesView, removeForm } from './picture-pages.js'
import { readSquare } from './square.js'
import {
  cropForm,
  saveForm,
  signInForm,
  signUpForm,
  type UploadTarget,
  uploadAddress,
  uploadForm,
} from './step-pages.js'
import { wayBack } from './way-back.js'

/** Where the avatar router of a flow leads browsers without scripts. */
export function pagesOf({ choose, crop, save }: Flow): AvatarPages {
  return { upload: choose, crop, save, done: PLAIN.done }
}

export interface PlainPagesOptions {
  readonly cropper: AvatarCropper
  readonly languages: Languages
  /** Who sends a request. */
  readonly authenticate: (req: Pick<Request, 'headers'>) => string | undefined
  /** Who answers, as `x-served-by` says. */
  readonly server: string
  /** How pictures travel. Where the bucket takes no forms, a server does. */
  readonly uploads: 'form' | 'direct'
}

/** Whose page is shown, in which words. */
interface Visit {
  readonly language: Language
  readonly user: string
}

/** The whole flow as pages with forms. Each shows what the request and the bucket say; no server remembers a step. */
export class PlainPages {
  readonly router = Router()
  readonly #options: PlainPagesOptions

  constructor(options: PlainPagesOptions) {
    this.#options = options
    const { router } = this
    router.use(['/plain', '/sign-up'], (_req, res, next) => {
      res.set('cache-control', 'no-store').vary('Accept-Language')
      next()
    })
    router.get(SIGNED_IN.choose, (req, res) => this.#choose(req, res))
    this.#page(SIGNED_IN.crop, (req, res, { user }) => this.#crop(req, res, SIGNED_IN, user))
    this.#page(SIGNED_IN.save, (req, res, { user }) => this.#save(req, res, SIGNED_IN, user))
    this.#page(PLAIN.done, async (_req, res, { language, user }) => {
      const list = await this.#options.cropper.list(user)
      const { title } = language.words
      const frame = { title: list.current ? title.picture : title.noPicture, language, user }
      this.#send(res, frame, picturesView(language, list))
    })
    this.#page(PLAIN.remove, (req, res, visit) => this.#remove(req, res, visit))
    router.get(SIGN_UP.choose, (req, res) => this.#chooseAsStranger(req, res))
    router.get(SIGN_UP.crop, (req, res) => this.#asStranger(req, res, 'crop'))
    router.get(SIGN_UP.save, (req, res) => this.#asStranger(req, res, 'save'))
    const { problem } = this.#options.languages
    router.use(['/plain', '/sign-up'], problems({ map: problem, onError: tellFaults, renderHtml: this.renderProblem }))
  }

  /** Any refusal as a page, for whoever answers with `problems`. */
  readonly renderProblem = (problem: HttpProblem, req: IncomingMessage): string => {
    const { server, authenticate, languages } = this.#options
    const language = languages.of(req)
    const back = wayBack(language.words, problem, req)
    return refusalPage({ language, server, user: authenticate(req) }, problem, back)
  }

  /** A page of somebody; nobody is asked to sign in. */
  #page(path: string, show: (req: Request, res: Response, visit: Visit) => Promise<void>): void {
    this.router.get(path, async (req, res) => {
      const user = this.#options.authenticate(req)
      if (user === undefined) res.redirect(303, SIGNED_IN.choose)
      else await show(req, res, { user, language: this.#options.languages.of(req) })
    })
  }

  async #choose(req: Request, res: Response): Promise<void> {
    const { authenticate, cropper, languages } = this.#options
    const language = languages.of(req)
    const { title } = language.words
    const user = authenticate(req)
    if (user === undefined) {
      this.#send(res, { title: title.welcome, language, user }, signInForm(language.words))
      return
    }
    const [list, target] = await Promise.all([cropper.list(user), this.#target(req, res, SIGNED_IN, user)])
    this.#send(res, { title: title.choose, language, user, step: 'choose' }, [
      uploadForm(language, target, cropper.maxUploadBytes),
      earlierPictures(language, list),
    ])
  }

  /** A picture first, and a name at the end. */
  async #chooseAsStranger(req: Request, res: Response): Promise<void> {
    const { authenticate, cropper, languages } = this.#options
    if (authenticate(req) !== undefined) {
      res.redirect(303, SIGNED_IN.choose)
      return
    }
    const language = languages.of(req)
    const frame = { title: language.words.title.signUp, language, user: undefined, step: 'choose' } as const
    const target = await this.#target(req, res, SIGN_UP, anonymous)
    this.#send(res, frame, uploadForm(language, target, cropper.maxUploadBytes))
  }

  /** Whoever goes back after they have signed up finds the same step as theirs. */
  async #asStranger(req: Request, res: Response, step: 'crop' | 'save'): Promise<void> {
    try {
      await (step === 'crop' ? this.#crop(req, res, SIGN_UP, anonymous) : this.#save(req, res, SIGN_UP, anonymous))
    } catch (error) {
      const isSignedIn = this.#options.authenticate(req) !== undefined
      if (!isSignedIn || !CropperError.is(error, 'token-user-mismatch')) throw error
      res.redirect(303, addressOf(SIGNED_IN[step], { session: String(req.query.session) }))
    }
  }

  async #target(req: Request, res: Response, { avatars }: Flow, user: SessionUser): Promise<UploadTarget> {
    const { cropper, uploads } = this.#options
    const form = uploads === 'direct' ? await avatarForm(req, res, { cropper, user, avatars }) : undefined
    if (!form) return { action: avatars, fields: {} }
    letFormsGoTo(res, form.action)
    return { action: form.action, fields: form.fields, expiresAt: form.expiresAt }
  }

  async #crop(req: Request, res: Response, flow: Flow, person: SessionUser): Promise<void> {
    const session = await this.#session(req, person)
    const language = this.#options.languages.of(req)
    const frame = { title: language.words.title.crop, language, user: nameOf(person), step: 'crop' } as const
    // The address of a crop that is to be made anew: its upload has a page of its own.
    if (session.step === 'save') res.redirect(303, uploadAddress(flow, session))
    else this.#send(res, frame, cropForm({ language, flow }, session, readSquare(session.original, req.query)))
  }

  async #save(req: Request, res: Response, flow: Flow, person: SessionUser): Promise<void> {
    const session = await this.#session(req, person)
    const language = this.#options.languages.of(req)
    const { title } = language.words
    const isSignUp = person === anonymous
    const frame = {
      title: isSignUp ? title.signUpSave : title.save,
      language,
      user: nameOf(person),
      step: 'save',
    } as const
    if (session.step === 'crop') res.redirect(303, addressOf(flow.crop, { session: session.reference }))
    else
      this.#send(res, frame, isSignUp ? signUpForm({ language, flow }, session) : saveForm({ language, flow }, session))
  }

  async #remove(req: Request, res: Response, { language, user }: Visit): Promise<void> {
    const { avatars } = await this.#options.cropper.list(user)
    const avatar = avatars.find(({ id }) => id === req.query.id)
    if (!avatar) throw new CropperError('not-found', 'this user has no such avatar')
    this.#send(res, { title: language.words.title.remove, language, user }, removeForm(language, avatar))
  }

  async #session(req: Request, person: SessionUser): Promise<ShownSession> {
    const session = await avatarSession(req, this.#options.cropper, person)
    if (session) return session
    throw new CropperError('token-invalid', 'this browser keeps no such session: upload the picture again')
  }

  #send(res: Response, frame: Omit<PageFrame, 'server'>, content: HtmlValue): void {
    res.type('html').send(layout({ ...frame, server: this.#options.server }, content))
  }
}

/** The policy of all pages lets forms go to this application alone. */
function letFormsGoTo(res: Response, action: string): void {
  const policy = res.get('content-security-policy')
  if (policy === undefined || !URL.canParse(action)) return
  res.set(
    'content-security-policy',
    policy.replace("form-action 'self'", `form-action 'self' ${new URL(action).origin}`),
  )
}

function nameOf(person: SessionUser): string | undefined {
  return person === anonymous ? undefined : person
}
