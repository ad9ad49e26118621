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
    this.#printer.write(CLEAR + shortened(this.#text, Math.max(20, (this.#printer.columns || 80) - 1)))
    this.#isShown = true
  }

  /** Makes room for a line of output. */
  clear(): void {
    if (!this.#isShown) return
    this.#printer.write(CLEAR)
    this.#isShown = false
  }
}

/** At most so many columns: what is beyond Latin letters may take two. */
function shortened(text: string, columns: number): string {
  let [used, shown] = [0, '']
  for (const character of text) {
    used += character < '\u0300' ? 1 : 2
    if (used > columns) return `${shown.slice(0, -1)}…`
    shown += character
  }
  return shown
}

/** `[#####.....]` */
export function bar(done: number, total: number, width = 10): string {
  const filled = total === 0 ? width : Math.min(width, Math.floor((done / total) * width))
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`
}
