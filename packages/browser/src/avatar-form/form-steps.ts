import { type Avatar, type Cropped, smallestAbove } from './avatar-routes.js'
import { SAMPLES } from './crop-stage.js'
import { icon, make } from './elements.js'
import type { FormMessages } from './messages/messages.js'
import { fill, type Messages, sizeText } from './messages/messages.js'
import type { Wording } from './wording.js'

const ACCEPTED = 'image/jpeg,image/png,image/webp,image/avif,image/gif'

/** One step of the form, with the heading that takes the focus when it opens. */
export interface Step {
  readonly root: HTMLElement
  readonly heading: HTMLElement
}

export function button(
  wording: Wording,
  words: keyof FormMessages,
  kind: 'primary' | 'plain' = 'plain',
): HTMLButtonElement {
  const look = kind === 'primary' ? { class: 'primary', part: 'button primary' } : { part: 'button' }
  return wording.text(make('button', { type: 'button', ...look, 'data-act': words }), ({ form }) => form[words])
}

function step(name: string, heading: HTMLElement, ...content: readonly HTMLElement[]): Step {
  const root = make(
    'div',
    { class: 'view', part: `step ${name}`, 'data-view': name, hidden: true },
    heading,
    ...content,
  )
  return { root, heading }
}

function title(wording: Wording, words: keyof FormMessages, look: 'seen' | 'unseen' = 'seen'): HTMLElement {
  const heading = make('h2', { tabindex: -1, ...(look === 'unseen' ? { class: 'unseen' } : {}) })
  return wording.text(heading, ({ form }) => form[words])
}

/** Choose: a file, a photo, a drop or the clipboard. */
export class ChooseStep implements Step {
  readonly root: HTMLElement
  readonly heading: HTMLElement
  readonly drop: HTMLElement
  readonly inputs: readonly HTMLInputElement[]
  readonly #limits = make('span', { class: 'fine', id: 'limits' })
  readonly #wording: Wording
  #maxBytes = Number.POSITIVE_INFINITY

  constructor(wording: Wording) {
    this.#wording = wording
    const accepted = { type: 'file', class: 'unseen', accept: ACCEPTED, 'aria-describedby': 'limits' }
    const file = make('input', { ...accepted, 'data-way': 'file' })
    const camera = make('input', { ...accepted, capture: 'user', 'data-way': 'camera' })
    this.inputs = [file, camera]
    const chooseText = wording.text(make('span'), ({ form }) => form.choose)
    const cameraText = wording.text(make('span'), ({ form }) => form.camera)
    const choose = make('label', { class: 'button primary', part: 'button primary choose' }, file, chooseText)
    const take = make('label', { class: 'button camera', part: 'button camera' }, camera, icon('camera'), cameraText)
    const hint = wording.text(make('span', { class: 'drop-hint' }), ({ form }) => form.dropHint)
    const art = make('span', { class: 'drop-art' }, icon('picture'))
    this.drop = make(
      'div',
      { class: 'drop', part: 'drop' },
      art,
      make('div', { class: 'ways' }, choose, take),
      hint,
      this.#limits,
    )
    // The whole field is one large target for the mouse; the keyboard has the button.
    this.drop.addEventListener('click', (event) => {
      if (event.target instanceof Element && !event.target.closest('label')) file.click()
    })
    const { root, heading } = step('choose', title(wording, 'chooseTitle', 'unseen'), this.drop)
    this.root = root
    this.heading = heading
    wording.say(() => this.limit(this.#maxBytes))
  }

  /** Says how large a file may be. */
  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes
    const { messages } = this.#wording
    this.#limits.hidden = !Number.isFinite(maxBytes)
    if (!Number.isFinite(maxBytes)) return
    // A limit of 20 MiB is said as 20 MB: whoever keeps below what is said is never refused.
    const said = maxBytes < 1e6 ? maxBytes : Math.floor(maxBytes / 1e6) * 1e6
    this.#limits.textContent = fill(messages.form.limits, { size: sizeText(said, messages) }, messages)
  }
}

/** On its way: how far the file is, and where it did not arrive, another try. */
export class SendStep implements Step {
  readonly root: HTMLElement
  readonly heading: HTMLElement
  readonly cancel: HTMLButtonElement
  readonly again: HTMLButtonElement
  readonly #wording: Wording
  readonly #picture = make('img')
  readonly #name = make('p', { class: 'file-name', dir: 'auto' })
  readonly #bar = make('progress', { max: 1, value: 0, part: 'progress' })
  readonly #words = make('p', { class: 'fine' })
  #progress = { sent: 0, total: 0 }
  #fileName = ''

  constructor(wording: Wording) {
    this.#wording = wording
    this.cancel = button(wording, 'cancel')
    this.again = button(wording, 'tryAgain', 'primary')
    wording.say(({ form }) => {
      this.#picture.alt = form.chosenPicture
    })
    wording.name(this.#bar, ({ form }) => form.sendProgress)
    const sending = make(
      'div',
      { class: 'sending' },
      this.#picture,
      make('div', {}, this.#name, this.#bar, this.#words),
    )
    const actions = make('p', { class: 'actions' }, this.cancel, this.again)
    const { root, heading } = step('send', title(wording, 'sendTitle'), sending, actions)
    this.root = root
    this.heading = heading
    wording.say(() => this.#say())
  }

  start(file: File): void {
    this.#fileName = file.name
    this.again.hidden = true
    this.progress(0, file.size)
  }

  /** @param address Of what is sent, as it will be seen. */
  showPicture(address: string): void {
    this.#picture.src = address
  }

  /** It did not arrive, and may be sent again. */
  stop(): void {
    this.again.hidden = false
    this.#say()
  }

  progress(sent: number, total: number): void {
    this.#progress = { sent, total }
    this.#say()
  }

  #say(): void {
    const { sent, total } = this.#progress
    const { messages } = this.#wording
    const hasStopped = !this.again.hidden
    const isSent = total > 0 && sent >= total
    this.#name.textContent = this.#fileName || messages.form.pasted
    this.#bar.hidden = hasStopped
    // All sent: how long the server takes is not known.
    if (isSent) this.#bar.removeAttribute('value')
    else this.#bar.value = total > 0 ? sent / total : 0
    const sizes = { sent: sizeText(sent, messages), total: sizeText(total, messages) }
    const soFar = isSent ? messages.form.sentAll : fill(messages.form.sentSoFar, sizes, messages)
    this.#words.textContent = hasStopped ? messages.form.notSent : soFar
  }
}

/** Crop: the stage, and the ways on and back. */
export class CropStep implements Step {
  readonly root: HTMLElement
  readonly heading: HTMLElement
  readonly back: HTMLButtonElement
  readonly go: HTMLButtonElement

  constructor(wording: Wording, stage: HTMLElement) {
    this.back = button(wording, 'back')
    this.go = button(wording, 'crop', 'primary')
    const actions = make('p', { class: 'actions' }, this.back, this.go)
    const { root, heading } = step('crop', title(wording, 'cropTitle', 'unseen'), stage, actions)
    this.root = root
    this.heading = heading
  }
}

/** Save: how it will look, in real sizes. */
export class SaveStep implements Step {
  readonly root: HTMLElement
  readonly heading: HTMLElement
  readonly back: HTMLButtonElement
  readonly go: HTMLButtonElement
  readonly #pictures = shownPictures()
  readonly #words = make('p', { class: 'fine' })
  readonly #wording: Wording
  #cropped: Pick<Cropped, 'crop'> | undefined

  constructor(wording: Wording) {
    this.#wording = wording
    this.back = button(wording, 'cropAgain')
    this.go = button(wording, 'save', 'primary')
    const shown = make('div', { class: 'shown', role: 'img' }, ...this.#pictures)
    wording.name(shown, ({ crop }) => crop.samples)
    const result = make('div', { class: 'result' }, shown, make('div', { class: 'words' }, this.#words))
    const actions = make('p', { class: 'actions' }, this.back, this.go)
    const { root, heading } = step('save', title(wording, 'saveTitle'), result, actions)
    this.root = root
    this.heading = heading
    wording.say((messages) => this.#say(messages))
  }

  /** Without a preview for as long as none is known. */
  show(cropped: Pick<Cropped, 'crop'> & { readonly preview?: string }): void {
    this.#cropped = cropped
    for (const picture of this.#pictures) setAddress(picture, cropped.preview)
    this.#say(this.#wording.messages)
  }

  #say(messages: Messages): void {
    if (!this.#cropped) return
    const { width, height } = this.#cropped.crop
    const cropped = fill(messages.form.cropped, { width, height }, messages)
    this.#words.textContent = width < SAMPLES[0].edge ? `${cropped} ${messages.form.small}` : cropped
  }
}

/** Saved: the picture by its sizes, and whether it is the one that is shown. */
export class DoneStep implements Step {
  readonly root: HTMLElement
  readonly heading: HTMLElement
  readonly another: HTMLButtonElement
  readonly #pictures = shownPictures()
  readonly #words = make('p')
  readonly #sizes = make('ul', { class: 'sizes', part: 'sizes' })
  readonly #wording: Wording
  #avatar: Avatar | undefined
  #currentId: string | undefined

  constructor(wording: Wording) {
    this.#wording = wording
    this.another = button(wording, 'another', 'primary')
    const shown = make('div', { class: 'shown', role: 'img' }, ...this.#pictures)
    wording.name(shown, ({ form }) => form.savedPicture)
    const label = wording.text(make('p', { class: 'fine' }), ({ form }) => form.sizes)
    const result = make(
      'div',
      { class: 'result' },
      shown,
      make('div', { class: 'words' }, this.#words, label, this.#sizes),
    )
    const actions = make('p', { class: 'actions' }, this.another)
    const { root, heading } = step('done', title(wording, 'doneTitle'), result, actions)
    this.root = root
    this.heading = heading
    wording.say((messages) => this.#say(messages))
  }

  show(avatar: Avatar): void {
    this.#avatar = avatar
    for (const [index, { edge }] of SAMPLES.entries()) {
      const picture = this.#pictures[index]
      if (picture) picture.src = smallestAbove(avatar, edge * devicePixelRatio)
    }
    this.#say(this.#wording.messages)
  }

  /** @param id Of the avatar that is shown to everybody: it may be another one by now. */
  tellCurrent(id: string | undefined): void {
    // A list that says the same must not take the focus from the links.
    if (id === this.#currentId) return
    this.#currentId = id
    this.#say(this.#wording.messages)
  }

  #say(messages: Messages): void {
    if (!this.#avatar) return
    const { doneWords, keptWords } = messages.form
    this.#words.textContent = this.#avatar.id === this.#currentId ? doneWords : keptWords
    const sizes = Object.entries(this.#avatar.sizes).sort(([a], [b]) => Number(b) - Number(a))
    const links = sizes.map(([edge, href]) => {
      const text = fill(messages.form.pixels, { edge: Number(edge) }, messages)
      return make('li', {}, make('a', { href, 'data-edge': edge }, text))
    })
    this.#sizes.replaceChildren(...links)
  }
}

/** An empty address would be that of the page. */
function setAddress(picture: HTMLImageElement, address: string | undefined): void {
  if (address === undefined) picture.removeAttribute('src')
  else picture.src = address
}

function shownPictures(): HTMLImageElement[] {
  return SAMPLES.map(({ edge, shape }) => make('img', { alt: '', class: shape, 'data-edge': edge }))
}
