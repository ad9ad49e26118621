import { uploadDirect } from '../upload-direct/upload-direct.js'
import { AvatarCrop } from './avatar-crop.js'
import { type Avatar, AvatarRoutes, type Served, type Uploaded } from './avatar-routes.js'
import { EarlierAvatars } from './earlier-avatars.js'
import { styled } from './elements.js'
import { listenToFiles } from './file-choice.js'
import type { AvatarFormEvents } from './form-events.js'
import { FormView, type StepName } from './form-view.js'
import { languageOf, messagesFor, onLanguageChange } from './messages/choose-messages.js'
import { fill, type Messages, sizeText } from './messages/messages.js'
import { ProblemError, startsOver, toProblem } from './problem.js'
import { sendForm } from './send-form.js'
import { BASE_STYLES } from './styles/base.js'
import { FORM_STYLES } from './styles/form.js'
import { uprightWebp } from './upright.js'
import { Wording } from './wording.js'

const DEFAULT_ENDPOINT = '/avatars'
const DEFAULT_MAX_BYTES = 20_000_000

/** How far the person is. What leads from one step to the next is the token; nothing else is kept. */
type State =
  | { readonly step: 'choose' | 'send' }
  | { readonly step: 'crop'; readonly uploaded: Uploaded; readonly shown: Promise<void> }
  | { readonly step: 'save'; readonly uploaded: Uploaded; readonly shown: Promise<void>; readonly token: string }
  | { readonly step: 'done'; readonly avatar: Avatar }

/**
 * `<avatar-form endpoint="/avatars">`: choose a picture, send it, crop it, save it; go back to earlier ones or delete them.
 *
 * Every act of the person ends the one before: what an older one still hears from a server changes nothing any more.
 */
export class AvatarForm extends HTMLElement {
  /** @internal The browser reads it. */
  static readonly observedAttributes: readonly string[] = ['endpoint', 'max-bytes']

  readonly #wording = new Wording()
  readonly #stage = new AvatarCrop()
  readonly #earlier: EarlierAvatars
  readonly #view: FormView
  #messages: Messages | undefined
  #routes = new AvatarRoutes(DEFAULT_ENDPOINT)
  #state: State = { step: 'choose' }
  /** What the person does now. */
  #act = new AbortController()
  #disconnected: AbortController | undefined
  /** Address of a picture that was turned upright here. */
  #upright: string | undefined

  constructor() {
    super()
    const root = this.attachShadow({ mode: 'open' })
    styled(root, BASE_STYLES, FORM_STYLES)
    this.#stage.setAttribute('exportparts', 'crop, stage, frame, samples, controls, keys, button')
    this.#earlier = new EarlierAvatars({
      wording: this.#wording,
      routes: () => this.#routes,
      onSelected: (avatar) => this.#selected(avatar),
      onRemoved: (id) => this.#removed(id),
      onProblem: (error) => this.#report(error),
    })
    this.#view = new FormView(this.#wording, this.#stage, this.#earlier.root)
    root.append(this.#view.root)
    this.#listen()
  }

  /** @internal The browser calls it. */
  connectedCallback(): void {
    this.#disconnected = new AbortController()
    const { signal } = this.#disconnected
    const { drop, inputs } = this.#view.choose
    const isOpen = () => this.#state.step === 'choose' || this.#state.step === 'done'
    listenToFiles({ target: drop, inputs, isOpen, choose: (file) => void this.#take(file), signal })
    const endLanguage = onLanguageChange(this, () => this.#chooseWords())
    signal.addEventListener('abort', endLanguage)
    this.#chooseWords()
    this.#view.choose.limit(this.maxBytes)
    this.#refreshEarlier()
  }

  /** @internal The browser calls it. */
  disconnectedCallback(): void {
    this.#disconnected?.abort()
    this.#act.abort()
    this.#earlier.clear()
    this.#open({ step: 'choose' }, 'quietly')
  }

  /** @internal The browser calls it. */
  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return
    if (name === 'max-bytes') this.#view.choose.limit(this.maxBytes)
    else {
      this.#routes = new AvatarRoutes(after ?? DEFAULT_ENDPOINT)
      if (this.isConnected) this.restart()
    }
  }

  /** Where the avatar routes are. Default `/avatars`. */
  get endpoint(): string {
    return this.getAttribute('endpoint') ?? DEFAULT_ENDPOINT
  }

  /** Begins anew there. */
  set endpoint(address: string) {
    this.setAttribute('endpoint', address)
  }

  /** How files travel: `form` through the application, `direct` straight to the bucket. Default `form`. */
  get upload(): 'form' | 'direct' {
    return this.getAttribute('upload') === 'direct' ? 'direct' : 'form'
  }

  /** From the next picture on. */
  set upload(way: 'form' | 'direct') {
    this.setAttribute('upload', way)
  }

  /** Larger files are refused before they are sent. Default 20 MB. */
  get maxBytes(): number {
    const bytes = Number(this.getAttribute('max-bytes') ?? DEFAULT_MAX_BYTES)
    return bytes > 0 ? bytes : DEFAULT_MAX_BYTES
  }

  /** From the next picture on. */
  set maxBytes(bytes: number) {
    this.setAttribute('max-bytes', String(bytes))
  }

  /** Words of your own; undefined for the built-in ones of the element's language. */
  get messages(): Messages | undefined {
    return this.#messages
  }

  /** Changes the words at once; what was done so far stays. */
  set messages(messages: Messages | undefined) {
    this.#messages = messages
    this.#chooseWords()
  }

  /** Begins anew, and asks for the earlier avatars again: for another person, for example. */
  restart(): void {
    this.#act.abort()
    this.#view.trouble.hide()
    this.#open({ step: 'choose' }, 'quietly')
    this.#earlier.clear()
    this.#refreshEarlier()
  }

  #listen(): void {
    const { send, crop, save, done } = this.#view
    send.cancel.addEventListener('click', () => this.#cancel())
    crop.back.addEventListener('click', () => this.#goBack('choose'))
    crop.go.addEventListener('click', () => this.#onStep(crop.go, (signal) => this.#crop(signal)))
    save.back.addEventListener('click', () => this.#goBack('crop'))
    save.go.addEventListener('click', () => this.#onStep(save.go, (signal) => this.#save(signal)))
    done.another.addEventListener('click', () => this.#goBack('choose'))
  }

  #chooseWords(): void {
    const messages = this.#messages ?? messagesFor(languageOf(this))
    this.#wording.change(messages)
    this.#stage.messages = messages
    this.#view.root.lang = messages.language
    this.#view.root.dir = messages.direction
  }

  #refreshEarlier(): void {
    this.#earlier.refresh().catch((error: unknown) => this.#report(error))
  }

  /** Ends what the person did before. */
  #begin(): AbortSignal {
    this.#act.abort()
    this.#act = new AbortController()
    this.#view.trouble.hide()
    return this.#act.signal
  }

  #open(state: State, manner: 'with focus' | 'quietly' = 'with focus'): void {
    this.#state = state
    if (manner === 'quietly') this.#view.reveal(state.step)
    else this.#view.show(state.step)
  }

  async #take(file: File): Promise<void> {
    const signal = this.#begin()
    if (file.size > this.maxBytes) {
      const { messages } = this.#wording
      const detail = fill(messages.fileSize, { size: sizeText(file.size, messages) }, messages)
      this.#report(new ProblemError({ code: 'file-too-large', detail }))
      return
    }
    this.#tell('avatar-step', { step: 'chosen', server: '' })
    const picture = URL.createObjectURL(file)
    this.#view.send.start(file, picture)
    this.#open({ step: 'send' })
    try {
      const { value, server } = await this.#send(file, signal)
      signal.throwIfAborted()
      this.#tell('avatar-step', { step: 'received', server })
      await this.#showCrop(value, file, signal)
    } catch (error) {
      if (!signal.aborted) this.#sendFailed(error)
    } finally {
      URL.revokeObjectURL(picture)
    }
  }

  async #send(file: File, signal: AbortSignal): Promise<Served<Uploaded>> {
    const { endpoint } = this.#routes
    const onProgress = (sent: number, total: number) => {
      if (!signal.aborted) this.#view.send.progress(sent, total)
    }
    if (this.upload === 'form') return sendForm(file, endpoint, { signal, onProgress })
    const value = await uploadDirect<Uploaded>(file, {
      endpoint: `${endpoint}/direct`,
      signal,
      onProgress: ({ sentBytes, totalBytes }) => onProgress(sentBytes, totalBytes),
    })
    // The bucket received it; which server looked at it afterwards is not told.
    return { value, server: '' }
  }

  #sendFailed(error: unknown): void {
    this.#open({ step: 'choose' })
    this.#report(error)
  }

  async #showCrop(uploaded: Uploaded, file: File, signal: AbortSignal): Promise<void> {
    const shown = this.#load(uploaded, file, signal)
    // Whoever is quick with the button waits for it, and hears there what went wrong.
    shown.catch(() => undefined)
    this.#open({ step: 'crop', uploaded, shown })
    await shown
    if (!signal.aborted) this.#view.announce(this.#wording.messages.form.cropNow)
  }

  /** Addresses of previews expire: a picture that cannot be shown is asked for once more. */
  async #load({ token, preview }: Uploaded, file: File, signal: AbortSignal): Promise<void> {
    this.#stage.clear()
    const upright = await uprightWebp(file).catch(() => undefined)
    signal.throwIfAborted()
    try {
      await this.#stage.load(upright ? this.#uprightAddress(upright) : preview)
    } catch {
      signal.throwIfAborted()
      const { value } = await this.#routes.preview(token, signal)
      await this.#stage.load(value.preview).catch(() => {
        throw new ProblemError({ code: 'preview-failed' })
      })
    }
  }

  /** Of the newest one only: the stage shows no other. */
  #uprightAddress(picture: Blob): string {
    if (this.#upright !== undefined) URL.revokeObjectURL(this.#upright)
    this.#upright = URL.createObjectURL(picture)
    return this.#upright
  }

  /** A button that is out of action while its step is under way, so that a double click is one click. */
  #onStep(go: HTMLButtonElement, step: (signal: AbortSignal) => Promise<void>): void {
    if (go.ariaDisabled === 'true') return
    go.ariaDisabled = 'true'
    const signal = this.#begin()
    void step(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#report(error)
      })
      .finally(() => {
        go.ariaDisabled = null
      })
  }

  async #crop(signal: AbortSignal): Promise<void> {
    const state = this.#state
    if (state.step !== 'crop') return
    const { uploaded, shown } = state
    await shown
    const { crop } = this.#stage
    if (!crop) throw new ProblemError({ code: 'preview-failed' })
    const { value, server } = await this.#routes.crop(uploaded.token, crop, signal)
    this.#tell('avatar-step', { step: 'cropped', server })
    this.#view.save.show(value)
    this.#open({ step: 'save', uploaded, shown, token: value.token })
    this.#view.announce(this.#wording.messages.form.saveNow)
  }

  async #save(signal: AbortSignal): Promise<void> {
    if (this.#state.step !== 'save') return
    const { value, server } = await this.#routes.save(this.#state.token, signal)
    this.#tell('avatar-step', { step: 'saved', server })
    this.#view.done.show(value.avatar)
    this.#open({ step: 'done', avatar: value.avatar })
    this.#tell('avatar-saved', { avatar: value.avatar })
    this.#refreshEarlier()
  }

  #cancel(): void {
    this.#begin()
    this.#open({ step: 'choose' })
    this.#view.announce(this.#wording.messages.form.cancelled)
  }

  #goBack(step: Extract<StepName, 'choose' | 'crop'>): void {
    // A save that is under way cannot be taken back any more.
    if (this.#state.step === 'save' && this.#view.save.go.ariaDisabled === 'true') return
    this.#begin()
    if (step === 'crop' && this.#state.step === 'save') {
      const { uploaded, shown } = this.#state
      this.#open({ step: 'crop', uploaded, shown })
    } else {
      this.#open({ step: 'choose' })
    }
  }

  #selected(avatar: Avatar): void {
    this.#view.trouble.hide()
    this.#view.announce(this.#wording.messages.earlier.chosen)
    this.#tell('avatar-selected', { avatar })
  }

  /** What is shown as saved must still be there. */
  #removed(id: string): void {
    this.#view.trouble.hide()
    if (this.#state.step === 'done' && this.#state.avatar.id === id) this.#open({ step: 'choose' })
    this.#view.announce(this.#wording.messages.earlier.removed)
    this.#tell('avatar-removed', { id })
  }

  #report(error: unknown): void {
    if (!this.isConnected) return
    const problem = toProblem(error)
    if (startsOver(problem) && this.#state.step !== 'choose') {
      this.#begin()
      this.#open({ step: 'choose' })
    }
    if (this.#tell('avatar-problem', problem)) this.#view.trouble.show(problem)
  }

  /** @returns false where the page has taken care of it. */
  #tell<Name extends keyof AvatarFormEvents>(name: Name, detail: AvatarFormEvents[Name]['detail']): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }))
  }
}
