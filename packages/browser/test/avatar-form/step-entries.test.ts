import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type EntryStep, StepEntries } from '../../src/avatar-form/step-entries.js'

/** The history of a tab. As in a browser, `go` takes its time. */
class TabHistory {
  readonly #tab: EventTarget
  #entries: unknown[] = [null]
  #at = 0
  #way = 0

  constructor(tab: EventTarget) {
    this.#tab = tab
  }

  get state(): unknown {
    return this.#entries[this.#at]
  }

  pushState(state: unknown): void {
    this.#at += 1
    this.#entries = [...this.#entries.slice(0, this.#at), state]
  }

  replaceState(state: unknown): void {
    this.#entries = this.#entries.with(this.#at, state)
  }

  go(way: number): void {
    this.#way += way
  }

  /** The browser has gone there. */
  arrive(): void {
    this.#at += this.#way
    this.#way = 0
    this.#tab.dispatchEvent(new Event('popstate'))
  }

  get length(): number {
    return this.#entries.length
  }
}

let tab: TabHistory
let entries: StepEntries
let arrivals: EntryStep[]
let leaving: AbortController

beforeEach(() => {
  const page = new EventTarget()
  tab = new TabHistory(page)
  vi.stubGlobal('window', page)
  vi.stubGlobal('history', tab)
  arrivals = []
  leaving = new AbortController()
  entries = new StepEntries('a form')
  entries.listen((step) => arrivals.push(step), leaving.signal)
})

afterEach(() => {
  leaving.abort()
  vi.unstubAllGlobals()
})

test('each step forth is an entry, and the buttons of the browser lead from one to the other', () => {
  for (const step of ['crop', 'save', 'done'] as const) entries.go(step)
  expect(tab.length).toBe(3)
  for (const way of [-1, -1, 1]) {
    tab.go(way)
    tab.arrive()
  }
  expect(arrivals).toEqual(['crop', 'choose', 'crop'])
})

test('going back by the form goes to the entry that the step has, and is no news to the form', () => {
  for (const step of ['crop', 'save', 'choose'] as const) entries.go(step)
  tab.arrive()
  expect([entries.step, tab.length, arrivals]).toEqual(['choose', 3, []])
})

test('a step that is opened while the browser is still on its way gets an entry after the one it goes to', () => {
  for (const step of ['crop', 'save', 'choose', 'crop'] as const) entries.go(step)
  expect(entries.step).toBe('save')
  tab.arrive()
  expect([entries.step, tab.length, arrivals]).toEqual(['crop', 2, []])
  tab.go(-1)
  tab.arrive()
  expect(arrivals).toEqual(['choose'])
})

test('what else the page keeps in an entry stays there, and other forms have steps of their own', () => {
  tab.replaceState({ scroll: 7 })
  const other = new StepEntries('another form')
  entries.go('crop')
  other.go('crop')
  expect(tab.state).toMatchObject({ scroll: 7 })
  expect([entries.step, other.step, tab.length]).toEqual(['crop', 'crop', 3])
})
