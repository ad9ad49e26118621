import type { StepName } from './form-view.js'

/** A step that has an entry of its own: while a file is on its way, the person is still choosing. */
export type EntryStep = Exclude<StepName, 'send'>

/** How far each step is from the first; what was saved takes the place of what was to be saved. */
const ORDER: Readonly<Record<EntryStep, number>> = { choose: 0, crop: 1, save: 2, done: 2 }

/** Where the steps of all forms are in the state of an entry, by their keys. */
const STATE_NAME = 'avatarForm'

interface Entry {
  readonly step: EntryStep
  /** How many entries before it are steps of the same picture. */
  readonly before: number
}

/**
 * The steps of a form as entries of the tab's history, so that the browser's buttons go from one to the other. What else
 * the page keeps in the state of its entries stays there, and its address stays as it is.
 */
export class StepEntries {
  readonly #key: string
  /** For entries that the page made meanwhile, for a link within it for example. */
  #latest: EntryStep = 'choose'
  /** The browser takes its time to go to another entry; until then the present one is still the old one. */
  #isTravelling = false

  /** @param key Of the form; others on the page have others. */
  constructor(key: string) {
    this.#key = key
  }

  /** The step of the present entry. Undefined where it is no step of this form. */
  get step(): EntryStep | undefined {
    return this.#entry?.step
  }

  /** Makes a step the present one: forth by a new entry, back to the entry it has, if any. */
  go(step: EntryStep): void {
    const { step: present, before } = this.#entry ?? { step: this.#latest, before: 0 }
    const way = ORDER[step] - ORDER[present]
    this.#latest = step
    if (this.#isTravelling) return
    if (way > 0) {
      this.#put('replaceState', { step: present, before })
      this.#put('pushState', { step, before: before + 1 })
    } else if (way < 0 && before >= -way) {
      this.#isTravelling = true
      history.go(way)
    } else this.#put('replaceState', { step, before })
  }

  /** Makes a step that of the present entry, as when a page is opened where the person left it. */
  stay(step: EntryStep): void {
    this.#latest = step
    this.#put('replaceState', { step, before: this.#entry?.before ?? 0 })
  }

  /** Calls back with the step when the person has gone to the entry of another. */
  listen(arrive: (step: EntryStep) => void, signal: AbortSignal): void {
    const listener = () => {
      const { step } = this
      const isOwnWay = this.#isTravelling
      this.#isTravelling = false
      if (step === undefined) return
      // Another step may have been opened on the way.
      if (isOwnWay) this.go(this.#latest)
      else {
        this.#latest = step
        arrive(step)
      }
    }
    window.addEventListener('popstate', listener, { signal })
  }

  get #entry(): Entry | undefined {
    return this.#steps[this.#key]
  }

  get #steps(): Readonly<Record<string, Entry>> {
    const state: unknown = history.state
    const steps = isRecord(state) ? state[STATE_NAME] : undefined
    return isRecord(steps) ? (steps as Record<string, Entry>) : {}
  }

  #put(way: 'pushState' | 'replaceState', entry: Entry): void {
    const state: unknown = history.state
    const steps = { ...this.#steps, [this.#key]: entry }
    history[way]({ ...(isRecord(state) ? state : {}), [STATE_NAME]: steps }, '')
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
