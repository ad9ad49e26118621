import { type CropCommands, CropControls } from './crop-controls.js'
import { CropStage } from './crop-stage.js'
import { make, styled } from './elements.js'
import {
  type CropData,
  clampView,
  cropOf,
  flip,
  initialView,
  moved,
  type Size,
  snapView,
  straighten,
  turn,
  type View,
  viewOf,
  zoomBy,
} from './geometry.js'
import { listenToGestures } from './gestures.js'
import { languageOf, messagesFor, onLanguageChange } from './messages/choose-messages.js'
import type { Messages } from './messages/messages.js'
import { BASE_STYLES } from './styles/base.js'
import { CROP_STYLES } from './styles/crop.js'
import { type Act, ViewHistory } from './view-history.js'
import { Wording } from './wording.js'

/** Screen pixels that an arrow key moves the picture; ten times as many with Shift. */
const KEY_STEP = 4
const KEY_ZOOM = 1.08
const KEY_ANGLE = 0.5
const BUTTON_ZOOM = 1.2

/** How a picture is shown at first. */
export interface LoadOptions {
  /** What `crop` said of the same picture before, such as the one that is saved. Default: the largest square in the middle. */
  readonly crop?: CropData
}

/**
 * `<avatar-crop src="photo.jpg">`: a picture under a square frame, by mouse, touch, wheel and keys, with its controls
 * and samples of how it will look. The picture always fills the frame.
 *
 * Fires `load` and `error` for its picture, and `change` (bubbling, composed) whenever another crop was chosen.
 */
export class AvatarCrop extends HTMLElement {
  /** @internal The browser reads it. */
  static readonly observedAttributes: readonly string[] = ['src']

  readonly #wording = new Wording()
  readonly #stage = new CropStage(this.#wording, 'keys')
  readonly #controls = new CropControls(this.#wording, this.#commands(), 'keys')
  readonly #busy = make('div', { class: 'crop', part: 'crop' })
  #messages: Messages | undefined
  #picture: Size | undefined
  #history = new ViewHistory(initialView({ width: 1, height: 1 }))
  /** What is seen now; while the picture is pulled, not yet in the history. */
  #view: View = this.#history.view
  /** The newest picture that was asked for: an older one that arrives later is not shown. */
  #loading: HTMLImageElement | undefined
  #disconnected: AbortController | undefined

  constructor() {
    super()
    const root = this.attachShadow({ mode: 'open' })
    styled(root, BASE_STYLES, CROP_STYLES)
    const { samples } = this.#stage
    const { root: controls, keys, keysInWords } = this.#controls
    this.#busy.append(this.#stage.root, samples, controls, keys, keysInWords)
    root.append(this.#busy)
    this.#listen()
  }

  /** @internal The browser calls it. */
  connectedCallback(): void {
    this.#disconnected = new AbortController()
    const resized = new ResizeObserver(() => this.#stage.draw(this.#view))
    resized.observe(this.#stage.root)
    const endLanguage = onLanguageChange(this, () => this.#chooseWords())
    this.#disconnected.signal.addEventListener('abort', () => {
      resized.disconnect()
      endLanguage()
    })
    this.#chooseWords()
  }

  /** @internal The browser calls it. */
  disconnectedCallback(): void {
    this.#disconnected?.abort()
  }

  /** @internal The browser calls it. */
  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before === after) return
    this.load(after ?? '').catch((error: unknown) => this.dispatchEvent(new ErrorEvent('error', { error })))
  }

  /** Address of the picture. */
  get src(): string {
    return this.getAttribute('src') ?? ''
  }

  /** Shows another picture; `load` does so too, and tells when it is there. */
  set src(address: string) {
    this.setAttribute('src', address)
  }

  /** What is under the frame now. Undefined while there is no picture. */
  get crop(): CropData | undefined {
    return this.#picture && cropOf(this.#view, this.#picture)
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

  /**
   * Shows a picture, all of it that fits, or what a former crop of it showed; that can be undone.
   *
   * @throws EncodingError where the browser cannot show it, AbortError where another picture was asked for meanwhile
   */
  async load(address: string, { crop }: LoadOptions = {}): Promise<void> {
    this.clear()
    const picture = make('img', { src: address })
    this.#loading = picture
    await picture.decode()
    if (this.#loading !== picture) throw new DOMException('Another picture was asked for.', 'AbortError')
    this.#picture = { width: picture.naturalWidth, height: picture.naturalHeight }
    this.#history = new ViewHistory(initialView(this.#picture))
    this.#stage.take(picture)
    this.#busy.ariaBusy = null
    this.#show(this.#history.view)
    if (crop) this.#take(viewOf(crop, this.#picture), 'move')
    this.dispatchEvent(new Event('load'))
  }

  /** Shows no picture, while one is on its way. */
  clear(): void {
    this.#loading = undefined
    this.#picture = undefined
    this.#busy.ariaBusy = 'true'
  }

  /** Goes back by one act. */
  undo(): void {
    this.#history.undo()
    this.#showChosen()
  }

  /** Goes forth again. */
  redo(): void {
    this.#history.redo()
    this.#showChosen()
  }

  /** Shows the largest square in the middle again, unturned. */
  reset(): void {
    if (this.#picture) this.#choose(initialView(this.#picture), 'turn')
  }

  /** Puts the focus on the stage, where the keys work. */
  override focus(options?: FocusOptions): void {
    this.#stage.root.focus(options)
  }

  #chooseWords(): void {
    this.#wording.change(this.#messages ?? messagesFor(languageOf(this)))
    this.#busy.dir = this.#wording.messages.direction
    this.#stage.draw(this.#view)
  }

  #commands(): CropCommands {
    return {
      turn: (sense) => this.#choose(turn(this.#view, sense), 'turn'),
      flip: (axis) => this.#choose(flip(this.#view, axis), 'turn'),
      undo: () => this.undo(),
      redo: () => this.redo(),
      reset: () => this.reset(),
      zoom: (direction) => this.#choose(zoomBy(this.#view, direction === 'in' ? BUTTON_ZOOM : 1 / BUTTON_ZOOM), 'turn'),
      zoomTo: (edge) => this.#choose({ ...this.#history.before('zoom'), edge }, 'zoom'),
      straighten: (angle) => this.#choose(straighten(this.#history.before('angle'), angle), 'angle'),
    }
  }

  #listen(): void {
    let start = this.#view
    listenToGestures(this.#stage.root, this.#stage.frame, {
      onStart: () => {
        start = this.#view
      },
      onMove: (gesture) => {
        if (!this.#picture) return
        this.#show(clampView(moved(start, gesture, this.#picture, this.#frameEdge), this.#picture))
      },
      onEnd: () => this.#choose(this.#view, 'move'),
      onWheel: (gesture) => {
        if (!this.#picture) return 'nothing'
        const before = this.#view
        this.#choose(moved(before, gesture, this.#picture, this.#frameEdge), 'wheel')
        return isSameView(before, this.#view) ? 'nothing' : 'zoomed'
      },
      onPassingWheel: () => {
        if (this.#picture) this.#stage.hint()
      },
    })
    this.#stage.root.addEventListener('keydown', (event) => this.#onKey(event))
    this.#busy.addEventListener('keydown', (event) => this.#onHistoryKey(event))
  }

  get #frameEdge(): number {
    return this.#stage.frame.getBoundingClientRect().width
  }

  #onHistoryKey(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    if (key !== 'z' && key !== 'y') return
    event.preventDefault()
    if (key === 'y' || event.shiftKey) this.redo()
    else this.undo()
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const next = this.#afterKey(nameOfKey(event), event.shiftKey)
    if (!next) return
    event.preventDefault()
    // A key that is held down is one act.
    if (!event.repeat) this.#history.pause()
    this.#choose(next, 'keys')
  }

  #afterKey(key: string, isShifted: boolean): View | undefined {
    const view = this.#view
    const step = Math.max(1, ((isShifted ? KEY_STEP * 10 : KEY_STEP) * view.edge) / this.#frameEdge)
    const keys: Readonly<Record<string, () => View>> = {
      // The picture goes where the arrow points.
      ArrowLeft: () => ({ ...view, x: view.x + step }),
      ArrowRight: () => ({ ...view, x: view.x - step }),
      ArrowUp: () => ({ ...view, y: view.y + step }),
      ArrowDown: () => ({ ...view, y: view.y - step }),
      '+': () => zoomBy(view, KEY_ZOOM),
      '=': () => zoomBy(view, KEY_ZOOM),
      '-': () => zoomBy(view, 1 / KEY_ZOOM),
      r: () => turn(view, isShifted ? 'counter-clockwise' : 'clockwise'),
      s: () => straighten(view, view.angle + (isShifted ? -KEY_ANGLE : KEY_ANGLE)),
      // Some keyboards have them behind another key, or not at all.
      '[': () => straighten(view, view.angle - KEY_ANGLE),
      ']': () => straighten(view, view.angle + KEY_ANGLE),
      h: () => flip(view, 'horizontal'),
      v: () => flip(view, 'vertical'),
      '0': () => (this.#picture ? initialView(this.#picture) : view),
    }
    return keys[key]?.()
  }

  /** Takes a view as the person's choice: to whole pixels, so that what is seen is what is saved. */
  #choose(view: View, act: Act): void {
    if (!this.#picture) return
    this.#take(snapView(view, this.#picture), act)
  }

  #take(view: View, act: Act): void {
    if (!isSameView(view, this.#history.view)) this.#history.add(view, act)
    this.#showChosen()
  }

  #showChosen(): void {
    this.#show(this.#history.view)
    this.dispatchEvent(new Event('change', { bubbles: true, composed: true }))
  }

  #show(view: View): void {
    if (!this.#picture) return
    this.#view = view
    this.#stage.draw(view)
    this.#controls.show(view, this.#picture, this.#history)
  }
}

/** Letters are known where the keyboard writes others, such as Arabic ones, by where they are; and under Caps Lock. */
function nameOfKey({ key, code }: KeyboardEvent): string {
  if (key.length > 1 || /^[\x20-\x7e]$/.test(key)) return key.length > 1 ? key : key.toLowerCase()
  return code.startsWith('Key') ? code.slice(3).toLowerCase() : key
}

function isSameView(one: View, other: View): boolean {
  return (Object.keys(one) as (keyof View)[]).every((key) => one[key] === other[key])
}
