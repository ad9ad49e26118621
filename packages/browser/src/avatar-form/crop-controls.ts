import { type IconName, icon, make } from './elements.js'
import { edgeRange, MAX_ANGLE, type Size, type View } from './geometry.js'
import type { CropMessages } from './messages/messages.js'
import type { Wording } from './wording.js'

const ZOOM_STEPS = 1000

/** What the controls ask for. */
export interface CropCommands {
  turn(sense: 'clockwise' | 'counter-clockwise'): void
  flip(axis: 'horizontal' | 'vertical'): void
  undo(): void
  redo(): void
  reset(): void
  zoom(direction: 'in' | 'out'): void
  /** @param edge Of the square, in pixels of the picture. */
  zoomTo(edge: number): void
  /** @param angle Degrees clockwise. */
  straighten(angle: number): void
}

/** Sliders and buttons under the stage, and the list of keys. */
export class CropControls {
  readonly root: HTMLElement
  readonly keys: HTMLElement
  /** The keys in sentences, which describe the stage to screen readers. */
  readonly keysInWords: HTMLElement
  readonly #wording: Wording
  readonly #zoom = make('input', { type: 'range', min: 0, max: ZOOM_STEPS, step: 1, value: 0, class: 'slider' })
  readonly #angle = make('input', {
    type: 'range',
    min: -MAX_ANGLE,
    max: MAX_ANGLE,
    step: 0.5,
    value: 0,
    class: 'slider',
  })
  /** For the eye alone: the slider itself says its value to screen readers. */
  readonly #angleText = make('span', { class: 'angle-text', 'aria-hidden': 'true' })
  readonly #undo: HTMLButtonElement
  readonly #redo: HTMLButtonElement
  #shown: { readonly view: View; readonly picture: Size } | undefined

  constructor(wording: Wording, commands: CropCommands, keysId: string) {
    this.#wording = wording
    this.#undo = this.#button('undo', 'undo', commands.undo)
    this.#redo = this.#button('redo', 'redo', commands.redo)
    const legend = wording.text(make('legend', { class: 'unseen' }), ({ crop }) => crop.tools)
    const rows = [this.#zoomRow(commands), this.#angleRow(commands), ...this.#buttonRows(commands)]
    this.root = make('fieldset', { class: 'controls', part: 'controls' }, legend, ...rows)
    this.keys = this.#keyList()
    this.keysInWords = wording.text(make('p', { id: keysId, hidden: true }), ({ crop }) => crop.keysInWords)
    wording.say(() => this.#showValues())
  }

  /** Puts the sliders and buttons where a view has them. */
  show(view: View, picture: Size, history: { readonly canUndo: boolean; readonly canRedo: boolean }): void {
    this.#shown = { view, picture }
    this.#undo.ariaDisabled = String(!history.canUndo)
    this.#redo.ariaDisabled = String(!history.canRedo)
    this.#showValues()
  }

  #showValues(): void {
    if (!this.#shown) return
    const { view, picture } = this.#shown
    const { min, max } = edgeRange(picture, view.angle)
    this.#zoom.disabled = max <= min
    this.#zoom.value = String(
      max > min ? Math.round((Math.log(max / view.edge) / Math.log(max / min)) * ZOOM_STEPS) : 0,
    )
    const { language } = this.#wording.messages
    const percent = new Intl.NumberFormat(language, { style: 'percent' })
    this.#zoom.ariaValueText = percent.format(max / view.edge)
    const degrees = new Intl.NumberFormat(language, { style: 'unit', unit: 'degree', unitDisplay: 'narrow' })
    this.#angle.value = String(view.angle)
    this.#angle.ariaValueText = degrees.format(view.angle)
    this.#angleText.textContent = degrees.format(view.angle)
  }

  #zoomRow(commands: CropCommands): HTMLElement {
    this.#wording.name(this.#zoom, ({ crop }) => crop.zoom)
    this.#zoom.addEventListener('input', () => {
      if (!this.#shown) return
      const { min, max } = edgeRange(this.#shown.picture, this.#shown.view.angle)
      commands.zoomTo(max * (min / max) ** (Number(this.#zoom.value) / ZOOM_STEPS))
    })
    const out = this.#button('minus', 'zoomOut', () => commands.zoom('out'))
    const enlarge = this.#button('plus', 'zoomIn', () => commands.zoom('in'))
    return make('div', { class: 'row' }, out, this.#zoom, enlarge)
  }

  /** Left is counter-clockwise in every language: the slider turns the picture as a hand would. */
  #angleRow(commands: CropCommands): HTMLElement {
    this.#wording.name(this.#angle, ({ crop }) => crop.angle)
    this.#angle.addEventListener('input', () => commands.straighten(Number(this.#angle.value)))
    this.#angle.addEventListener('dblclick', () => commands.straighten(0))
    const label = this.#wording.text(make('span', { class: 'label', 'aria-hidden': 'true' }), ({ crop }) => crop.angle)
    const slider = make('div', { class: 'row ticks', dir: 'ltr' }, this.#angle)
    return make('div', { class: 'angle' }, label, this.#angleText, slider)
  }

  #buttonRows(commands: CropCommands): HTMLElement[] {
    const turns = [
      this.#button('turnLeft', 'turnLeft', () => commands.turn('counter-clockwise')),
      this.#button('turnRight', 'turnRight', () => commands.turn('clockwise')),
      this.#button('flipHorizontal', 'flipHorizontal', () => commands.flip('horizontal')),
      this.#button('flipVertical', 'flipVertical', () => commands.flip('vertical')),
    ]
    const reset = make('button', { type: 'button', class: 'reset', part: 'button' })
    this.#wording.text(reset, ({ crop }) => crop.reset)
    reset.addEventListener('click', () => commands.reset())
    return [
      make('div', { class: 'buttons', dir: 'ltr' }, ...turns),
      make('div', { class: 'buttons' }, this.#undo, this.#redo, reset),
    ]
  }

  #button(name: IconName, words: keyof CropMessages, act: () => void): HTMLButtonElement {
    const button = make('button', { type: 'button', class: 'tool', part: 'button', 'data-tool': words }, icon(name))
    button.addEventListener('click', () => {
      if (button.ariaDisabled !== 'true') act()
    })
    return this.#wording.name(button, ({ crop }) => crop[words])
  }

  /** Arrows and the sign of Shift are read out as anything, or not at all. */
  #keyList(): HTMLElement {
    const list = make('dl', { class: 'keys', part: 'keys', 'aria-hidden': 'true' })
    const keys = [
      [['←', '↑', '↓', '→'], 'keyMove'],
      [['+', '−'], 'keyZoom'],
      [['R', '⇧R'], 'keyTurn'],
      [['S', '⇧S'], 'keyAngle'],
      [['H', 'V'], 'keyFlip'],
    ] as const
    for (const [names, words] of keys) {
      const term = make('dt', { dir: 'ltr' }, ...names.map((name) => make('kbd', {}, name)))
      const meaning = this.#wording.text(make('dd'), ({ crop }) => crop[words])
      list.append(make('div', {}, term, meaning))
    }
    return list
  }
}
