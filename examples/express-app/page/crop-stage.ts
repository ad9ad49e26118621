import type { CropperImage } from 'cropperjs'
import {
  type CropData,
  clampView,
  cropOf,
  initialView,
  type Matrix,
  matrixOf,
  mirror,
  moved,
  type Size,
  scaleRange,
  turn,
  type View,
  zoomTo,
} from './crop-geometry.js'
import { element } from './elements.js'

/** Screen pixels that an arrow key moves the picture; ten times as many with Shift. */
const KEY_STEP = 4
const KEY_ZOOM = 1.08
const ZOOM_SLIDER_STEPS = 1000

/**
 * The square frame with the picture under it: by mouse, touch, wheel, keys and buttons.
 *
 * The crop component knows the gestures and draws; where the picture may go is decided here, so that it always fills
 * the frame. While a finger pulls it beyond, `#wanted` remembers how far, and the way back takes as long.
 */
export class CropStage {
  readonly #canvas = element('crop-canvas', HTMLElement)
  readonly #image = element('crop-image', HTMLElement) as CropperImage
  readonly #frame = element('crop-frame', HTMLElement)
  readonly #slider = element('crop-zoom', HTMLInputElement)
  readonly #samples = [...document.querySelectorAll<HTMLImageElement>('[data-sample]')]
  #picture: Size = { width: 1, height: 1 }
  #view: View = initialView(this.#picture, 1)
  #wanted: View = this.#view
  #applying = false
  /** The frame's edge when the picture was last drawn; 0 before that. */
  #drawnEdge = 0

  constructor() {
    this.#becomeOperable()
    this.#listenToGestures()
    this.#listenToControls()
    new ResizeObserver(() => this.#fit()).observe(this.#canvas)
  }

  /**
   * Shows a picture.
   *
   * @throws Error where the browser cannot show it
   */
  async show(url: string): Promise<void> {
    this.#canvas.ariaBusy = 'true'
    this.#image.src = url
    for (const sample of this.#samples) sample.src = url
    // The browser turns a photo upright as the servers do, so its size is the one that they crop.
    const { naturalWidth, naturalHeight } = await this.#image.$ready()
    this.#picture = { width: naturalWidth, height: naturalHeight }
    this.#change(initialView(this.#picture, this.#edge))
    this.#canvas.ariaBusy = null
  }

  /** What is under the frame now, in pixels of the picture. */
  get crop(): CropData {
    return cropOf(this.#view, this.#picture, this.#edge)
  }

  focus(): void {
    this.#canvas.focus()
  }

  get #edge(): number {
    return this.#frame.offsetWidth
  }

  /** Only this script makes the component react to keys, so only it says that it does. */
  #becomeOperable(): void {
    const canvas = this.#canvas
    canvas.tabIndex = 0
    canvas.role = 'application'
    canvas.ariaRoleDescription = 'picture cropper'
    canvas.ariaLabel = 'Your picture under a square frame'
    canvas.setAttribute('aria-describedby', 'crop-keys')
  }

  #listenToGestures(): void {
    this.#canvas.addEventListener('actionend', () => {
      this.#wanted = this.#view
    })
    this.#image.addEventListener('transform', (event) => {
      if (this.#applying || !(event instanceof CustomEvent)) return
      event.preventDefault()
      this.#onGesture(event.detail)
    })
    this.#canvas.addEventListener('keydown', (event) => this.#onKey(event))
  }

  #listenToControls(): void {
    const buttons: Readonly<Record<string, () => void>> = {
      'crop-left': () => this.#change(turn(this.#view, 'counter-clockwise')),
      'crop-right': () => this.#change(turn(this.#view, 'clockwise')),
      'crop-mirror': () => this.#change(mirror(this.#view)),
      'crop-reset': () => this.#change(initialView(this.#picture, this.#edge)),
      'crop-zoom-in': () => this.#zoomBy(KEY_ZOOM ** 2),
      'crop-zoom-out': () => this.#zoomBy(KEY_ZOOM ** -2),
    }
    for (const [id, act] of Object.entries(buttons)) element(id, HTMLButtonElement).addEventListener('click', act)
    this.#slider.addEventListener('input', () => {
      const { min, max } = scaleRange(this.#picture, this.#edge)
      const share = Number(this.#slider.value) / ZOOM_SLIDER_STEPS
      this.#change(zoomTo(this.#view, min * (max / min) ** share))
    })
  }

  #onGesture({ oldMatrix, matrix }: { readonly oldMatrix: Matrix; readonly matrix: Matrix }): void {
    const range = scaleRange(this.#picture, this.#edge)
    const { scale } = this.#wanted
    this.#change(moved(this.#wanted, { before: oldMatrix, after: matrix, range }))
    // Only a pull is remembered beyond the edge: a zoom goes on from what is seen.
    if (this.#wanted.scale !== scale) this.#wanted = this.#view
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step = event.shiftKey ? KEY_STEP * 10 : KEY_STEP
    const keys: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#moveBy(-step, 0),
      ArrowRight: () => this.#moveBy(step, 0),
      ArrowUp: () => this.#moveBy(0, -step),
      ArrowDown: () => this.#moveBy(0, step),
      '+': () => this.#zoomBy(KEY_ZOOM),
      '=': () => this.#zoomBy(KEY_ZOOM),
      '-': () => this.#zoomBy(1 / KEY_ZOOM),
      r: () => this.#change(turn(this.#view, 'clockwise')),
      R: () => this.#change(turn(this.#view, 'counter-clockwise')),
      m: () => this.#change(mirror(this.#view)),
      '0': () => this.#change(initialView(this.#picture, this.#edge)),
    }
    const act = keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  #moveBy(x: number, y: number): void {
    this.#change({ ...this.#view, x: this.#view.x + x, y: this.#view.y + y })
  }

  #zoomBy(factor: number): void {
    this.#change(zoomTo(this.#view, this.#view.scale * factor))
  }

  /** Keeps what is under the frame when the frame gets another size, as when a phone is turned. */
  #fit(): void {
    const before = this.#drawnEdge
    if (before === 0 || this.#edge === 0 || before === this.#edge) return
    const factor = this.#edge / before
    const { scale, x, y } = this.#view
    this.#change({ ...this.#view, scale: scale * factor, x: x * factor, y: y * factor })
  }

  #change(view: View): void {
    const edge = this.#edge
    if (edge === 0) return
    this.#wanted = view
    this.#view = clampView(view, this.#picture, edge)
    this.#drawnEdge = edge
    const { width, height } = this.#picture
    this.#applying = true
    const middle = { x: (this.#canvas.clientWidth - width) / 2, y: (this.#canvas.clientHeight - height) / 2 }
    this.#image.$setTransform([...matrixOf(this.#view, middle)])
    this.#applying = false
    this.#showZoom()
    for (const sample of this.#samples) this.#drawSample(sample)
  }

  #showZoom(): void {
    const { min, max } = scaleRange(this.#picture, this.#edge)
    const share = max > min ? Math.log(this.#view.scale / min) / Math.log(max / min) : 0
    this.#slider.value = String(Math.round(share * ZOOM_SLIDER_STEPS))
    this.#slider.setAttribute('aria-valuetext', `${Math.round((this.#view.scale / min) * 100)} %`)
    this.#slider.disabled = max <= min
  }

  /** The same view, in the size of a sample of what will be saved. */
  #drawSample(sample: HTMLImageElement): void {
    const edge = sample.parentElement?.clientWidth ?? 0
    const factor = edge / this.#edge
    const { scale, x, y } = this.#view
    const { width, height } = this.#picture
    const view = { ...this.#view, scale: scale * factor, x: x * factor, y: y * factor }
    const middle = { x: (edge - width) / 2, y: (edge - height) / 2 }
    sample.style.transform = `matrix(${matrixOf(view, middle).join(', ')})`
  }
}
