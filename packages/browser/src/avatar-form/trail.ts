import type { EntryStep, StepEntries } from './step-entries.js'
import type { Work, WorkMemory } from './work-memory.js'

/** A person's way through the steps of a form, kept where a reload finds it, and the browser's buttons. */
export class Trail {
  readonly #memory: WorkMemory
  readonly #left = new AbortController()
  /** Where the steps are entries of the tab's history. */
  #entries: StepEntries | undefined
  #work: Work | undefined

  constructor(memory: WorkMemory, entries: StepEntries | undefined) {
    this.#memory = memory
    this.#entries = entries
    this.#work = memory.read()
  }

  /** The picture in work. */
  get work(): Work | undefined {
    return this.#work
  }

  /** Whether the form has been taken out of the page since. */
  get isLeft(): boolean {
    return this.#left.signal.aborted
  }

  /**
   * Goes on where the person was.
   *
   * @param arrive Told when the person has used the browser's buttons.
   * @returns the step that was open
   */
  follow(arrive: (step: EntryStep) => void): EntryStep {
    this.#entries?.listen(arrive, this.#left.signal)
    const last = this.#work?.step ?? 'choose'
    const step = this.#entries?.step ?? (last === 'done' ? 'choose' : last)
    if (this.#work) this.#entries?.stay(step)
    return step
  }

  /** Stops there: what the form does from now on is no step of this page. */
  leave(): void {
    this.#left.abort()
    this.#entries = undefined
  }

  /** Opens a step. */
  enter(step: EntryStep): void {
    this.#entries?.go(step)
    // Whoever can go forth again finds the picture there; nobody else comes back to it.
    if (step !== 'choose') this.keep(this.#work && { ...this.#work, step })
    else if (!this.#entries) this.keep(undefined)
  }

  /** What is in work now; undefined: nothing any more. */
  keep(work: Work | undefined): void {
    this.#work = work
    this.#memory.write(work?.step === 'done' && !this.#entries ? undefined : work)
  }
}
