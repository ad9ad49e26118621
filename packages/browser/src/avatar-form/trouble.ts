import { icon, make } from './elements.js'
import { fill, secondsText } from './messages/messages.js'
import { type Problem, wordsFor } from './problem.js'
import type { Wording } from './wording.js'

/** The message that says what went wrong and what to do. Screen readers read it out when it appears. */
export class Trouble {
  readonly root: HTMLElement
  readonly #title = make('p', { class: 'trouble-title' })
  readonly #advice = make('p')
  readonly #detail = make('p')
  readonly #more: HTMLDetailsElement
  readonly #wording: Wording
  #problem: Problem | undefined
  #isWaiting = false

  constructor(wording: Wording) {
    this.#wording = wording
    const summary = wording.text(make('summary'), ({ details }) => details)
    this.#more = make('details', { class: 'fine' }, summary, this.#detail)
    const close = wording.text(make('button', { type: 'button', class: 'link' }), (messages) => messages.close)
    close.addEventListener('click', () => this.hide())
    const content = [icon('warning'), this.#title, this.#advice, this.#more, close]
    this.root = make('div', { class: 'trouble', part: 'problem', role: 'alert', hidden: true }, ...content)
    wording.say(() => this.#fill())
  }

  show(problem: Problem): void {
    this.#isWaiting = false
    this.#appear(problem)
  }

  /** Says that a step will be tried again after the problem's `retryAfterSeconds`. */
  wait(problem: Problem): void {
    this.#isWaiting = true
    this.#appear(problem)
  }

  #appear(problem: Problem): void {
    this.#problem = problem
    this.#more.open = false
    this.#fill()
    this.root.hidden = false
    this.root.scrollIntoView({ block: 'nearest' })
  }

  /** The wait is over. What else is told by then stays. */
  goOn(): void {
    if (this.#isWaiting) this.hide()
  }

  hide(): void {
    this.#isWaiting = false
    this.#problem = undefined
    this.root.hidden = true
  }

  #fill(): void {
    if (!this.#problem) return
    const { messages } = this.#wording
    const { title, advice } = wordsFor(this.#problem, messages)
    const { code, detail, requestId, retryAfterSeconds = 0 } = this.#problem
    const time = secondsText(Math.ceil(retryAfterSeconds), messages)
    const waiting = code === 'offline' ? messages.goesOnOnline : fill(messages.goesOnIn, { time }, messages)
    this.#title.textContent = title
    this.#advice.textContent = this.#isWaiting ? waiting : advice
    this.#advice.hidden = this.#advice.textContent === ''
    const request = requestId === undefined ? undefined : fill(messages.request, { id: requestId }, messages)
    this.#detail.textContent = [detail, request].filter(Boolean).join(' · ')
    this.#more.hidden = this.#detail.textContent === ''
  }
}
