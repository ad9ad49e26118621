import type { Printer } from '../surroundings.js'
import { plain } from './plain.js'

const INTERVAL_MILLISECONDS = 100
const CLEAR = '\r\u001b[K'

/** One line at the foot of a terminal that says how far the work has come. Where there is no terminal, it says nothing. */
export class ProgressLine {
  readonly #printer: Printer
  #text = ''
  #shownAt = 0
  #isShown = false

  constructor(printer: Printer) {
    this.#printer = printer
  }

  get isVisible(): boolean {
    return this.#printer.isTTY === true
  }

  /** Shows the text soon; ten times a second at the most. */
  show(text: string): void {
    if (!this.isVisible) return
    this.#text = plain(text)
    if (Date.now() - this.#shownAt < INTERVAL_MILLISECONDS) return
    this.#shownAt = Date.now()
    const width = Math.max(20, (this.#printer.columns ?? 80) - 1)
    this.#printer.write(CLEAR + (this.#text.length > width ? `${this.#text.slice(0, width - 1)}…` : this.#text))
    this.#isShown = true
  }

  /** Makes room for a line of output. */
  clear(): void {
    if (!this.#isShown) return
    this.#printer.write(CLEAR)
    this.#isShown = false
  }
}

/** `[######....]` */
export function bar(done: number, total: number, width = 20): string {
  const filled = total === 0 ? width : Math.min(width, Math.floor((done / total) * width))
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`
}
