import { make } from './elements.js'
import { matrixOf, type Point, type Size, type View } from './geometry.js'
import type { Wording } from './wording.js'

/** Edges in screen pixels at which a picture is shown as it will be seen; avatars often are. */
export const SAMPLES = [
  { edge: 192, shape: 'square' },
  { edge: 96, shape: 'circle' },
  { edge: 48, shape: 'circle' },
] as const

/** How long the hint stays after the wheel has turned. */
const HINT_MS = 2500

/** Draws the picture under its frame, and as it will look in other sizes. */
export class CropStage {
  /** Takes the focus, the gestures and the keys. */
  readonly root: HTMLElement
  readonly frame = make('div', { class: 'frame', part: 'frame', 'aria-hidden': 'true' })
  readonly samples: HTMLElement
  readonly #hint = make('p', { class: 'hint', part: 'hint', 'aria-hidden': 'true', hidden: true })
  #hintEnds: ReturnType<typeof setTimeout> | undefined
  readonly #sampleBoxes = SAMPLES.map(({ edge, shape }) =>
    make('span', { class: `sample ${shape}`, 'data-edge': edge }),
  )
  #pictures: readonly HTMLImageElement[] = []
  #size: Size = { width: 1, height: 1 }

  constructor(wording: Wording, describedBy: string) {
    const attributes = {
      class: 'stage',
      part: 'stage',
      tabindex: 0,
      role: 'application',
      'aria-describedby': describedBy,
    }
    this.root = make(
      'div',
      attributes,
      this.frame,
      wording.text(this.#hint, ({ crop }) => crop.wheelHint),
    )
    wording.say(({ crop }) => {
      this.root.ariaLabel = crop.stage
      this.root.ariaRoleDescription = crop.stageRole
    })
    this.samples = make('div', { class: 'samples', part: 'samples', role: 'img' }, ...this.#sampleBoxes)
    wording.name(this.samples, ({ crop }) => crop.samples)
  }

  /** Takes a picture that has been decoded. Its natural size is the one after EXIF orientation. */
  take(picture: HTMLImageElement): void {
    this.#size = { width: picture.naturalWidth, height: picture.naturalHeight }
    const boxes = [this.root, ...this.#sampleBoxes]
    for (const old of this.#pictures) old.remove()
    this.#pictures = boxes.map((box, index) => {
      const image = index === 0 ? picture : make('img', { src: picture.src })
      image.alt = ''
      image.draggable = false
      image.className = 'picture'
      image.width = this.#size.width
      image.height = this.#size.height
      box.prepend(image)
      return image
    })
  }

  /** Says for a while how the wheel zooms. */
  hint(): void {
    clearTimeout(this.#hintEnds)
    this.#hint.hidden = false
    this.#hintEnds = setTimeout(() => {
      this.#hint.hidden = true
    }, HINT_MS)
  }

  /** Whether it has a size on the screen: a hidden one has none. */
  get isSeen(): boolean {
    return this.frame.offsetWidth > 0
  }

  draw(view: View): void {
    const [picture, ...samples] = this.#pictures
    if (!picture || !this.isSeen) return
    const { edge: frameEdge, middle } = this.#laidOutFrame()
    this.#lay(picture, view, frameEdge, middle)
    for (const [index, { edge }] of SAMPLES.entries()) {
      const sample = samples[index]
      if (sample) this.#lay(sample, view, edge, { x: edge / 2, y: edge / 2 })
    }
  }

  /**
   * Where the frame is, in pixels of the layout. Not those of the screen, which rectangles tell: a page may show it all
   * larger or smaller, by a transform, by `zoom`, or for as long as a dialog takes to open.
   */
  #laidOutFrame(): { readonly edge: number; readonly middle: Point } {
    const { width, left, top, marginLeft, marginTop } = getComputedStyle(this.frame)
    const edge = Number.parseFloat(width)
    const x = Number.parseFloat(left) + Number.parseFloat(marginLeft) + edge / 2
    const y = Number.parseFloat(top) + Number.parseFloat(marginTop) + edge / 2
    return { edge, middle: { x, y } }
  }

  #lay(image: HTMLImageElement, view: View, frameEdge: number, frameMiddle: Point): void {
    const { width, height } = this.#size
    const middle = { x: frameMiddle.x - width / 2, y: frameMiddle.y - height / 2 }
    image.style.transform = `matrix(${matrixOf(view, frameEdge, middle).join(', ')})`
  }
}
