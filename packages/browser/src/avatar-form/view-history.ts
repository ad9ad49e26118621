import type { View } from './geometry.js'

/** What changed a view. Changes that follow each other without a pause of their own are one act, undone together. */
export type Act = 'start' | 'move' | 'turn' | 'angle' | 'wheel' | 'zoom' | 'keys'

const MERGED: ReadonlySet<Act> = new Set(['angle', 'wheel', 'zoom', 'keys'])

interface Entry {
  readonly view: View
  readonly act: Act
}

/** The views that a person went through, to go back and forth between them. */
export class ViewHistory {
  #entries: readonly Entry[]
  #at = 0
  #paused = true

  constructor(start: View) {
    this.#entries = [{ view: start, act: 'start' }]
  }

  get view(): View {
    return this.#entry(this.#at).view
  }

  get canUndo(): boolean {
    return this.#at > 0
  }

  get canRedo(): boolean {
    return this.#at < this.#entries.length - 1
  }

  /** The view that a run of such acts began with: turning there and back by a slider costs nothing. */
  before(act: Act): View {
    return this.#goesOn(act) ? this.#entry(this.#at - 1).view : this.view
  }

  add(view: View, act: Act): void {
    const kept = this.#goesOn(act) ? this.#at : this.#at + 1
    this.#entries = [...this.#entries.slice(0, kept), { view, act }]
    this.#at = kept
    this.#paused = false
  }

  /** What comes next is an act of its own. */
  pause(): void {
    this.#paused = true
  }

  undo(): void {
    if (this.canUndo) this.#at -= 1
    this.#paused = true
  }

  redo(): void {
    if (this.canRedo) this.#at += 1
    this.#paused = true
  }

  #goesOn(act: Act): boolean {
    const isLast = !this.canRedo
    return isLast && this.canUndo && !this.#paused && MERGED.has(act) && this.#entry(this.#at).act === act
  }

  #entry(index: number): Entry {
    const entry = this.#entries[index]
    if (entry) return entry
    throw new RangeError(`expected one of ${this.#entries.length} views; asked for ${index}`)
  }
}
