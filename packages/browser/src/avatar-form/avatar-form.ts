import { AvatarCrop } from './avatar-crop.js'
import { type Avatar, AvatarRoutes } from './avatar-routes.js'
import { EarlierAvatars } from './earlier-avatars.js'
import { styled } from './elements.js'
import { listenToFiles } from './file-choice.js'
import type { AvatarFormEvents } from './form-events.js'
import { FormFlow } from './form-flow.js'
import { FormView } from './form-view.js'
import { languageOf, messagesFor, onLanguageChange } from './messages/choose-messages.js'
import type { Messages } from './messages/messages.js'
import { placeOf } from './place-in-page.js'
import { StepEntries } from './step-entries.js'
import { BASE_STYLES } from './styles/base.js'
import { FORM_STYLES } from './styles/form.js'
import { Trail } from './trail.js'
import { Wording } from './wording.js'
import { WorkMemory } from './work-memory.js'

const DEFAULT_ENDPOINT = '/avatars'
const DEFAULT_MAX_BYTES = 20_000_000

/**
 * `<avatar-form endpoint="/avatars">`: choose a picture, send it, crop it, save it; go back to earlier ones or delete them.
 */
export class AvatarForm extends HTMLElement {
  /** @internal The browser reads it. */
  static readonly observedAttributes: readonly string[] = ['endpoint', 'max-bytes']

  readonly #wording = new Wording()
  readonly #stage = new AvatarCrop()
  readonly #earlier: EarlierAvatars
  readonly #view: FormView
  readonly #flow: FormFlow
  #messages: Messages | undefined
  #routes = this.#routesAt(DEFAULT_ENDPOINT)
  #disconnected: AbortController | undefined

  constructor() {
    super()
    const root = this.attachShadow({ mode: 'open' })
    styled(root, BASE_STYLES, FORM_STYLES)
    this.#stage.setAttribute('exportparts', 'crop, stage, frame, hint, samples, controls, keys, button')
    this.#earlier = new EarlierAvatars({
      wording: this.#wording,
      routes: () => this.#routes,
      onCurrent: (id) => this.#view.done.tellCurrent(id),
      onSelected: (avatar) => this.#selected(avatar),
      onRemoved: (id) => this.#removed(id),
      onProblem: (error) => this.#flow.report(error),
    })
    this.#view = new FormView(this.#wording, this.#stage, this.#earlier.root)
    root.append(this.#view.root)
    this.#flow = new FormFlow({
      wording: this.#wording,
      view: this.#view,
      stage: this.#stage,
      earlier: this.#earlier,
      routes: () => this.#routes,
      settings: this,
      tell: (name, detail) => this.#tell(name, detail),
    })
  }

  /** @internal The browser calls it. */
  connectedCallback(): void {
    this.#disconnected = new AbortController()
    const { signal } = this.#disconnected
    const { drop, inputs } = this.#view.choose
    const isOpen = () => this.#flow.isOpen
    listenToFiles({ host: this, target: drop, inputs, isOpen, choose: (file) => void this.#flow.take(file), signal })
    const endLanguage = onLanguageChange(this, () => this.#chooseWords())
    signal.addEventListener('abort', endLanguage)
    this.#chooseWords()
    this.#view.choose.limit(this.maxBytes)
    this.#return()
  }

  /** @internal The browser calls it. */
  disconnectedCallback(): void {
    this.#disconnected?.abort()
    this.#flow.leave()
    this.#earlier.clear()
  }

  /** @internal The browser calls it. */
  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return
    if (name === 'max-bytes') this.#view.choose.limit(this.maxBytes)
    else {
      this.#routes = this.#routesAt(after ?? DEFAULT_ENDPOINT)
      if (this.isConnected) this.#return()
    }
  }

  /** Where the avatar routes are. Default `/avatars`. */
  get endpoint(): string {
    return this.getAttribute('endpoint') ?? DEFAULT_ENDPOINT
  }

  /** Goes on there with what was begun there, if anything. */
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

  /**
   * `steps`: each step is an entry of the tab's history, so that the browser's own buttons go from one to the other.
   * Default `none`: they lead to the pages before and after.
   */
  get history(): 'none' | 'steps' {
    return this.getAttribute('history') === 'steps' ? 'steps' : 'none'
  }

  /** From the next time on that the element is put into the page. */
  set history(way: 'none' | 'steps') {
    this.setAttribute('history', way)
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

  /** Forgets the picture in work, begins anew, and asks for the earlier avatars again: for another person, for example. */
  restart(): void {
    this.#flow.restart()
    this.#earlier.clear()
    this.#refreshEarlier()
  }

  /** Goes on where the person left this form of the page, if they did. */
  #return(): void {
    const key = ['avatar-form', this.endpoint, location.pathname, placeOf(this)].join(' ')
    this.#refreshEarlier()
    this.#flow.return(new Trail(new WorkMemory(key), this.history === 'steps' ? new StepEntries(key) : undefined))
  }

  #chooseWords(): void {
    const messages = this.#messages ?? messagesFor(languageOf(this))
    this.#wording.change(messages)
    this.#stage.messages = messages
    this.#view.root.lang = messages.language
    this.#view.root.dir = messages.direction
  }

  #routesAt(endpoint: string): AvatarRoutes {
    return new AvatarRoutes(endpoint, () => this.#wording.messages.language)
  }

  #refreshEarlier(): void {
    this.#earlier.refresh().catch((error: unknown) => this.#flow.report(error))
  }

  #selected(avatar: Avatar): void {
    this.#view.trouble.hide()
    this.#view.announce(this.#wording.messages.earlier.chosen)
    this.#tell('avatar-selected', { avatar })
  }

  #removed(id: string): void {
    this.#view.trouble.hide()
    this.#flow.removed(id)
    this.#view.announce(this.#wording.messages.earlier.removed)
    this.#tell('avatar-removed', { id })
  }

  #tell<Name extends keyof AvatarFormEvents>(name: Name, detail: AvatarFormEvents[Name]['detail']): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }))
  }
}
