import { make } from './elements.js'
import { matrixOf, type Point, type Size, type View } from './geometry.js'
import type { Wording } from './wording.js'

/** Edges in screen pixels of the samples, as avatars are often shown. */
const SAMPLES = [
  { edge: 192, shape: 'square' },
  { edge: 96, shape: 'circle' },
  { edge: 48, shape: 'circle' },
] as const

/** Draws the picture under its frame, and as it will look in other sizes. */
export class CropStage {
  /** Takes the focus, the gestures and the keys. */
  readonly root: HTMLElement
  readonly frame = make('div', { class: 'frame', part: 'frame', 'aria-hidden': 'true' })
  readonly samples: HTMLElement
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
    this.root = make('div', attributes, this.frame)
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

  /** Whether it has a size on the screen: a hidden one has none. */
  get isSeen(): boolean {
    return this.frame.offsetWidth > 0
  }

  draw(view: View): void {
    const [picture, ...samples] = this.#pictures
    if (!picture || !this.isSeen) return
    const { clientWidth, clientHeight, clientLeft, clientTop } = this.root
    const frame = this.frame.getBoundingClientRect()
    const stage = this.root.getBoundingClientRect()
    const at = {
      x: frame.left + frame.width / 2 - stage.left - clientLeft,
      y: frame.top + frame.height / 2 - stage.top - clientTop,
    }
    if (clientWidth > 0 && clientHeight > 0) this.#lay(picture, view, frame.width, at)
    for (const [index, { edge }] of SAMPLES.entries()) {
      const sample = samples[index]
      if (sample) this.#lay(sample, view, edge, { x: edge / 2, y: edge / 2 })
    }
  }

  #lay(image: HTMLImageElement, view: View, frameEdge: number, frameMiddle: Point): void {
    const { width, height } = this.#size
    const middle = { x: frameMiddle.x - width / 2, y: frameMiddle.y - height / 2 }
    image.style.transform = `matrix(${matrixOf(view, frameEdge, middle).join(', ')})`
  }
}
