import { ProblemError } from './api.js'
import { element } from './elements.js'
import { type Problem, wordsFor } from './words.js'

/** The message that says what went wrong and what to do. Screen readers read it out when it appears. */
export class Trouble {
  readonly #panel = element('trouble', HTMLElement)

  constructor() {
    element('trouble-close', HTMLButtonElement).addEventListener('click', () => this.hide())
  }

  show(problem: Problem): void {
    const { title, advice } = wordsFor(problem)
    element('trouble-title', HTMLElement).textContent = title
    element('trouble-advice', HTMLElement).textContent = advice
    const detail = [problem.detail, problem.requestId && `Request ${problem.requestId}`].filter(Boolean).join(' · ')
    element('trouble-detail', HTMLElement).textContent = detail
    const more = element('trouble-more', HTMLDetailsElement)
    more.hidden = detail === ''
    more.open = false
    this.#panel.hidden = false
    this.#panel.scrollIntoView({ block: 'nearest' })
  }

  hide(): void {
    this.#panel.hidden = true
  }
}

/** What an error means to a person. What is no answer of a server is a fault of this page, and goes to the console. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  console.error(error)
  return { code: 'page-fault' }
}
