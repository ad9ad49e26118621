import { asSaved } from './as-saved.js'
import type { AvatarCrop } from './avatar-crop.js'
import type { AvatarRoutes, Served, Uploaded } from './avatar-routes.js'
import { BusyServers } from './busy-servers.js'
import type { EarlierAvatars } from './earlier-avatars.js'
import type { AvatarFormEvents, AvatarStepDetail } from './form-events.js'
import type { FormView, StepName } from './form-view.js'
import { fill, sizeText } from './messages/messages.js'
import { NewestAddress } from './newest-address.js'
import { mayArrive, type Problem, ProblemError, startsOver, toProblem } from './problem.js'
import { sendFile } from './send-file.js'
import { StagePicture } from './stage-picture.js'
import type { EntryStep } from './step-entries.js'
import type { Trail } from './trail.js'
import type { Wording } from './wording.js'
import type { Work } from './work-memory.js'

/** What the steps of a form work with. */
export interface FormFlowOptions {
  readonly wording: Wording
  readonly view: FormView
  readonly stage: AvatarCrop
  readonly earlier: EarlierAvatars
  /** The routes of now: the endpoint may change. */
  readonly routes: () => AvatarRoutes
  /** As the attributes of the form are now. */
  readonly settings: { readonly maxBytes: number; readonly upload: 'form' | 'direct' }
  /** Tells the page. False where the page has taken care of it. */
  readonly tell: <Name extends keyof AvatarFormEvents>(name: Name, detail: AvatarFormEvents[Name]['detail']) => boolean
}

type Manner = 'with focus' | 'quietly'

/**
 * The steps, one after the other and back again.
 *
 * Every act of the person ends the one before: what an older one still hears from a server changes nothing any more.
 */
export class FormFlow {
  readonly #options: FormFlowOptions
  readonly #view: FormView
  readonly #picture: StagePicture
  readonly #chosen = new NewestAddress()
  readonly #servers: BusyServers
  #step: StepName = 'choose'
  /** Undefined before the first `return`. */
  #trail: Trail | undefined
  /** A file that did not arrive, and may be sent again. */
  #unsent: File | undefined
  /** What the person does now. */
  #act = new AbortController()

  constructor(options: FormFlowOptions) {
    this.#options = options
    this.#view = options.view
    this.#servers = new BusyServers(this.#view.trouble)
    this.#picture = new StagePicture(options.stage, (token, signal) => this.#freshPreview(token, signal))
    const { send, crop, save, done } = this.#view
    send.cancel.addEventListener('click', () => this.#cancel())
    send.again.addEventListener('click', () => this.#unsent && void this.take(this.#unsent))
    options.stage.addEventListener('change', () => {
      if (this.#step === 'crop' && this.#work) this.#trail?.keep({ ...this.#work, crop: options.stage.crop })
    })
    crop.back.addEventListener('click', () => this.#goBack('choose'))
    crop.go.addEventListener('click', () => this.#onStep(crop.go, (signal) => this.#crop(signal)))
    save.back.addEventListener('click', () => this.#goBack('crop'))
    save.go.addEventListener('click', () => this.#onStep(save.go, (signal) => this.#save(signal)))
    done.another.addEventListener('click', () => this.#goBack('choose'))
  }

  /** Whether a picture may come now. */
  get isOpen(): boolean {
    return this.#step === 'choose' || this.#step === 'done' || this.#unsent !== undefined
  }

  /** Goes on where the person left this form: before a reload, or before being sent elsewhere to sign in. */
  return(trail: Trail): void {
    this.leave()
    this.#trail = trail
    void this.#reopen(
      trail.follow((step) => this.#arrive(step)),
      'quietly',
    )
  }

  /** Stops where the person is, to be returned to. */
  leave(): void {
    this.#begin()
    this.#trail?.leave()
    this.#step = 'choose'
    this.#view.reveal('choose')
  }

  /** Forgets the picture in work, also where the form is not in the page now. */
  restart(): void {
    this.#begin()
    this.#trail?.keep(undefined)
    this.#open('choose', 'quietly')
  }

  /** An avatar is gone: what is shown as saved must still be there. */
  removed(id: string): void {
    if (this.#step === 'done' && this.#work?.avatarId === id) this.#open('choose')
  }

  /** The picture in work. */
  get #work(): Work | undefined {
    return this.#trail?.work
  }

  /** Ends what the person did before. */
  #begin(): AbortSignal {
    this.#act.abort()
    this.#act = new AbortController()
    this.#unsent = undefined
    this.#view.trouble.hide()
    return this.#act.signal
  }

  #open(step: StepName, manner: Manner = 'with focus'): void {
    this.#step = step
    if (manner === 'quietly') this.#view.reveal(step)
    else this.#view.show(step)
    if (step !== 'send') this.#trail?.enter(step)
  }

  /** The person used the browser's buttons. */
  #arrive(step: EntryStep): void {
    const isHere = step === this.#step || (step === 'choose' && this.#step === 'send')
    // There is no way back from a save: the buttons lead on from where it is shown.
    if (this.#isSaving) this.#trail?.enter('save')
    else if (!isHere) void this.#reopen(step, 'with focus')
  }

  /** Opens a step that was open before. */
  async #reopen(step: EntryStep, manner: Manner): Promise<void> {
    const signal = this.#begin()
    const work = this.#work
    if (step === 'choose' || !work) {
      this.#open('choose', manner)
      return
    }
    try {
      await this.#reopenWork(step, work, manner, signal)
      signal.throwIfAborted()
      if (manner === 'quietly') this.#tellServers(work)
    } catch (error) {
      if (signal.aborted) return
      // Somebody else has signed in: what was begun before is not theirs to know of.
      if (manner === 'quietly' && toProblem(error).code === 'token-user-mismatch') this.restart()
      else this.report(error)
    }
  }

  async #reopenWork(step: EntryStep, work: Work, manner: Manner, signal: AbortSignal): Promise<void> {
    if (step === 'done') {
      const avatar = work.avatarId === undefined ? undefined : await this.#options.earlier.find(work.avatarId)
      signal.throwIfAborted()
      if (avatar) this.#view.done.show(avatar)
      this.#open(avatar ? 'done' : 'choose', manner)
    } else if (step === 'save' && work.cropped) {
      const { crop, token } = work.cropped
      this.#view.save.show({ crop })
      this.#open('save', manner)
      const preview = await this.#freshPreview(token, signal)
      this.#view.save.show({ crop, preview })
    } else {
      this.#open('crop', manner)
      await this.#picture.showAgain(work, signal)
    }
  }

  /** The page may show which server did what, and has forgotten it with the reload. */
  #tellServers({ servers, step: last }: Work): void {
    for (const step of ['received', 'cropped', 'saved'] as const) {
      const server = servers[step]
      if (server !== undefined && (step !== 'saved' || last === 'done')) this.#tellStep(step, server, 'again')
    }
  }

  /** Sends a picture that was chosen, dropped or pasted. */
  async take(file: File): Promise<void> {
    const signal = this.#begin()
    if (file.size > this.#options.settings.maxBytes) {
      const { messages } = this.#options.wording
      const detail = fill(messages.fileSize, { size: sizeText(file.size, messages) }, messages)
      this.report(new ProblemError({ code: 'file-too-large', detail }))
      return
    }
    this.#tellStep('chosen', '')
    this.#view.send.start(file)
    this.#open('send')
    const drawing = asSaved(file).catch(() => undefined)
    void drawing.then((drawn) => {
      if (!signal.aborted) this.#view.send.showPicture(this.#chosen.of(drawn?.picture ?? file))
    })
    try {
      const { value, server } = await this.#send(file, signal)
      const drawn = await drawing
      signal.throwIfAborted()
      const look = drawn?.look ?? 'as it is'
      const work: Work = { step: 'crop', token: value.token, look, servers: { received: server } }
      this.#trail?.keep(work)
      this.#tellStep('received', server)
      const shown = this.#picture.show(work, drawn?.picture ?? value.preview, signal)
      this.#open('crop')
      await shown
      if (!signal.aborted) this.#view.announce(this.#options.wording.messages.form.cropNow)
    } catch (error) {
      if (!signal.aborted) this.#sendFailed(error, file)
    }
  }

  #send(file: File, signal: AbortSignal): Promise<Served<Uploaded>> {
    const routes = this.#options.routes()
    const { upload } = this.#options.settings
    const onProgress = (sent: number, total: number) => {
      if (!signal.aborted) this.#view.send.progress(sent, total)
    }
    return sendFile(file, { routes, upload, servers: this.#servers, signal, onProgress })
  }

  /** What may arrive the next time is kept. */
  #sendFailed(error: unknown, file: File): void {
    const problem = toProblem(error)
    if (this.#step === 'send' && mayArrive(problem)) {
      this.#unsent = file
      this.#view.send.stop()
    } else if (this.#step === 'send') this.#open('choose')
    this.#tellProblem(problem)
  }

  async #freshPreview(token: string, signal: AbortSignal): Promise<string> {
    const { value } = await this.#options.routes().preview(token, signal)
    return value.preview
  }

  /** A button that is out of action while its step is under way, so that a double click is one click. */
  #onStep(go: HTMLButtonElement, step: (signal: AbortSignal) => Promise<void>): void {
    if (go.ariaDisabled === 'true') return
    go.ariaDisabled = 'true'
    const signal = this.#begin()
    void step(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.report(error)
      })
      .finally(() => {
        go.ariaDisabled = null
      })
  }

  async #crop(signal: AbortSignal): Promise<void> {
    const work = this.#work
    if (this.#step !== 'crop' || !work) return
    if (!(await this.#picture.isShown())) {
      // Nobody has seen yet what would be cropped.
      await this.#picture.showAgain(work, signal)
      return
    }
    const { crop } = this.#options.stage
    if (!crop) throw new ProblemError({ code: 'preview-failed' })
    const ask = () => this.#options.routes().crop(work.token, crop, signal)
    const { value, server } = await this.#servers.ask(signal, ask)
    const { received = '' } = work.servers
    const cropped = { token: value.token, crop: value.crop }
    this.#trail?.keep({ ...work, crop, cropped, servers: { received, cropped: server } })
    this.#tellStep('cropped', server)
    this.#view.save.show(value)
    this.#open('save')
    this.#view.announce(this.#options.wording.messages.form.saveNow)
  }

  async #save(signal: AbortSignal): Promise<void> {
    const work = this.#work
    if (this.#step !== 'save' || !work?.cropped) return
    const { token } = work.cropped
    const { value, server } = await this.#servers.ask(signal, () => this.#options.routes().save(token, signal))
    this.#trail?.keep({ ...work, avatarId: value.avatar.id, servers: { ...work.servers, saved: server } })
    this.#tellStep('saved', server)
    this.#options.earlier.add(value.avatar)
    this.#view.done.show(value.avatar)
    this.#open('done')
    this.#options.tell('avatar-saved', { avatar: value.avatar })
    this.#options.earlier.refresh().catch((error: unknown) => this.report(error))
  }

  #cancel(): void {
    this.#begin()
    this.#open('choose')
    this.#view.announce(this.#options.wording.messages.form.cancelled)
  }

  #goBack(step: Extract<EntryStep, 'choose' | 'crop'>): void {
    if (!this.#isSaving) void this.#reopen(step, 'with focus')
  }

  /** A save that is under way cannot be taken back any more. */
  get #isSaving(): boolean {
    return this.#step === 'save' && this.#view.save.go.ariaDisabled === 'true' && !this.#servers.areWaitedFor
  }

  /** Tells the person, and begins anew where only that helps. */
  report(error: unknown): void {
    this.#tellProblem(toProblem(error))
  }

  #tellProblem(problem: Problem): void {
    // The form has been taken out of the page.
    if (!this.#trail || this.#trail.isLeft) return
    if (startsOver(problem)) {
      this.#begin()
      this.#trail.keep(undefined)
      if (this.#step !== 'choose') this.#open('choose')
    }
    if (this.#options.tell('avatar-problem', problem)) this.#view.trouble.show(problem)
  }

  #tellStep(step: AvatarStepDetail['step'], server: string, when: AvatarStepDetail['when'] = 'now'): void {
    this.#options.tell('avatar-step', { step, server, when })
  }
}
