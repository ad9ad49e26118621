import { element } from './elements.js'

export type ViewName = 'sign-in' | 'choose' | 'send' | 'crop' | 'save' | 'done'
type StepName = 'choose' | 'crop' | 'save'

/** How far the person is in each view: the step that is open; the ones before it are done. */
const STEP_OF: Readonly<Record<ViewName, StepName | 'none' | 'all'>> = {
  'sign-in': 'none',
  choose: 'choose',
  send: 'choose',
  crop: 'crop',
  save: 'save',
  done: 'all',
}

/** The stage, of which one view is seen, and the list of steps above it. */
export class Views {
  readonly #views = [...document.querySelectorAll<HTMLElement>('[data-view]')]
  readonly #work = element('work', HTMLElement)
  readonly #steps = [...element('steps', HTMLOListElement).querySelectorAll<HTMLElement>('[data-step]')]

  /** Shows a view. The heading gets the focus, so that the keyboard and the screen reader go on from there. */
  show(name: ViewName): void {
    this.reveal(name)
    const heading = this.#views.find((view) => view.dataset.view === name)?.querySelector('h2')
    heading?.focus({ preventScroll: true })
    this.#bringIntoSight()
  }

  /** Shows a view and leaves the focus where it is, as when the page has just been loaded. */
  reveal(name: ViewName): void {
    for (const view of this.#views) view.hidden = view.dataset.view !== name
    this.#markSteps(STEP_OF[name])
  }

  /** On a phone the steps lie below the fold; where they are seen as a whole, nothing moves. */
  #bringIntoSight(): void {
    const { top, bottom } = this.#work.getBoundingClientRect()
    if (top >= 0 && bottom <= window.innerHeight) return
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
    this.#work.scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' })
  }

  #markSteps(open: StepName | 'none' | 'all'): void {
    const at = this.#steps.findIndex((step) => step.dataset.step === open)
    for (const [index, step] of this.#steps.entries()) {
      step.classList.toggle('done', open === 'all' || index < at)
      if (index === at) step.setAttribute('aria-current', 'step')
      else step.removeAttribute('aria-current')
    }
  }
}
