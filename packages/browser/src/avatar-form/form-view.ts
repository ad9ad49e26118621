import type { AvatarCrop } from './avatar-crop.js'
import { icon, make } from './elements.js'
import { ChooseStep, CropStep, DoneStep, SaveStep, SendStep } from './form-steps.js'
import { fill } from './messages/messages.js'
import { Trouble } from './trouble.js'
import type { Wording } from './wording.js'

export type StepName = 'choose' | 'send' | 'crop' | 'save' | 'done'

/** The three steps that people count, and how many of them are done when each step opens. */
const COUNTED = ['stepChoose', 'stepCrop', 'stepSave'] as const
const DONE_BEFORE: Readonly<Record<StepName, number>> = { choose: 0, send: 0, crop: 1, save: 2, done: 3 }

interface CountedStep {
  readonly words: (typeof COUNTED)[number]
  readonly item: HTMLElement
  readonly number: HTMLElement
  readonly name: HTMLElement
  readonly spoken: HTMLElement
}

/** Everything that is seen of the form. It decides nothing. */
export class FormView {
  readonly root: HTMLElement
  readonly choose: ChooseStep
  readonly send: SendStep
  readonly crop: CropStep
  readonly save: SaveStep
  readonly done: DoneStep
  readonly trouble: Trouble
  readonly #stage: AvatarCrop
  readonly #work: HTMLElement
  readonly #wording: Wording
  readonly #counted: readonly CountedStep[]
  #open: StepName = 'choose'
  readonly #status = make('p', { class: 'unseen', role: 'status' })

  constructor(wording: Wording, stage: AvatarCrop, earlier: HTMLElement) {
    this.#wording = wording
    this.#stage = stage
    this.choose = new ChooseStep(wording)
    this.send = new SendStep(wording)
    this.crop = new CropStep(wording, stage)
    this.save = new SaveStep(wording)
    this.done = new DoneStep(wording)
    this.trouble = new Trouble(wording)
    this.#counted = COUNTED.map((words) => {
      const number = make('span', { class: 'number', 'aria-hidden': 'true' })
      const name = make('span', { 'aria-hidden': 'true' })
      const spoken = make('span', { class: 'unseen' })
      return { words, number, name, spoken, item: make('li', {}, number, name, spoken) }
    })
    const steps = make('ol', { class: 'steps', part: 'steps' }, ...this.#counted.map(({ item }) => item))
    const card = make('div', { class: 'card', part: 'card' }, ...Object.values(this.#steps).map(({ root }) => root))
    this.#work = make('section', { class: 'work' }, steps, this.trouble.root, card)
    wording.say(({ form }) => {
      this.#work.ariaLabel = form.label
    })
    this.root = make('div', { class: 'columns', part: 'form' }, this.#work, earlier, this.#status)
    wording.say(() => this.#count())
    this.reveal('choose')
  }

  get #steps() {
    return { choose: this.choose, send: this.send, crop: this.crop, save: this.save, done: this.done }
  }

  /** Opens a step. Its heading takes the focus, so that the keyboard and the screen reader go on from there. */
  show(name: StepName): void {
    this.reveal(name)
    if (name === 'crop') this.#stage.focus({ preventScroll: true })
    else this.#steps[name].heading.focus({ preventScroll: true })
    this.#bringIntoSight()
  }

  /** Opens a step and leaves the focus where it is, as when the page has just been loaded. */
  reveal(name: StepName): void {
    for (const [other, { root }] of Object.entries(this.#steps)) root.hidden = other !== name
    // What was said of the step before.
    this.announce('')
    this.#open = name
    this.#count()
  }

  /** A tick is not heard, so a step that is done says so. */
  #count(): void {
    const done = DONE_BEFORE[this.#open]
    const { messages } = this.#wording
    for (const [index, { words, number, name, spoken, item }] of this.#counted.entries()) {
      const step = messages.form[words]
      item.classList.toggle('done', index < done)
      if (index === done) item.setAttribute('aria-current', 'step')
      else item.removeAttribute('aria-current')
      number.replaceChildren(index < done ? icon('check') : String(index + 1))
      name.textContent = step
      spoken.textContent = index < done ? fill(messages.form.stepDone, { step }, messages) : step
    }
  }

  /** Says something to screen readers without moving the focus. */
  announce(words: string): void {
    this.#status.textContent = words
  }

  /** On a phone the steps lie below the fold; where they are seen as a whole, nothing moves. */
  #bringIntoSight(): void {
    const { top, bottom } = this.#work.getBoundingClientRect()
    if (top >= 0 && bottom <= window.innerHeight) return
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
    this.#work.scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' })
  }
}
