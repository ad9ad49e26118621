import { styleText } from 'node:util'
import { UnreadError, UnwrittenError } from '../errors.js'
import { redact } from '../redact.js'
import type { Printer, Surroundings } from '../surroundings.js'
import { plain } from './plain.js'
import { ProgressLine } from './progress-line.js'
import { wrapped } from './wrapped.js'

/** For people, or one JSON value a line for programs. */
export type OutputFormat = 'text' | 'json'

/** Colours that have a meaning: good, bad, to be noticed, of less weight. */
export type Shade = 'green' | 'red' | 'yellow' | 'dim' | 'bold'

/** Before what went wrong, so that it is known in a log of many programs. */
export const SPEAKER = 'brigade:'

/**
 * What a command says: results on standard output, all else on standard error, so that a pipe holds results alone.
 */
export class Output {
  readonly format: OutputFormat
  readonly progress: ProgressLine
  readonly #surroundings: Surroundings
  readonly #signal: AbortSignal

  constructor(format: OutputFormat, surroundings: Surroundings, signal: AbortSignal) {
    this.format = format
    this.#surroundings = surroundings
    this.#signal = signal
    this.progress = new ProgressLine(surroundings.stderr)
  }

  /** A result: the value for programs, or its text for people; a text may have several lines, or be absent. */
  async result(value: object, text: string | undefined): Promise<void> {
    if (this.format === 'json') await this.#print(`${JSON.stringify(value)}\n`)
    else if (text !== undefined) await this.#print(`${text}\n`)
  }

  /** Bytes of an object, as they are. */
  async bytes(chunk: Uint8Array): Promise<void> {
    await this.#print(chunk)
  }

  /** Something that people want to know, and programs do not. */
  note(text: string): void {
    if (this.format !== 'text') return
    const columns = widthOf(this.#surroundings.stderr)
    const lines = text.split('\n').map((line) => wrapped(line, 0, columns))
    this.#tell(`${lines.join('\n')}\n`)
  }

  /** What went wrong. Never with a secret in it. */
  trouble(text: string): void {
    const { stderr, env } = this.#surroundings
    const said = wrapped(plain(redact(text, env)), SPEAKER.length + 1, widthOf(stderr))
    this.#tell(`${this.#shaded(stderr, SPEAKER, 'red')} ${said}\n`)
  }

  /** In lines as wide as the terminal, where standard output is one; all but the first begin behind `indent` blanks. */
  wrap(text: string, indent: number): string {
    return wrapped(text, indent, widthOf(this.#surroundings.stdout))
  }

  /** Coloured where standard output is a terminal that takes it. */
  shade(text: string, shade: Shade): string {
    return this.#shaded(this.#surroundings.stdout, text, shade)
  }

  #shaded({ isTTY }: Printer, text: string, shade: Shade): string {
    const { env } = this.#surroundings
    const hasColour = isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
    return hasColour ? styleText(shade, text, { validateStream: false }) : text
  }

  #tell(text: string): void {
    this.progress.clear()
    this.#surroundings.stderr.write(text)
  }

  async #print(text: string | Uint8Array): Promise<void> {
    this.progress.clear()
    const { stdout } = this.#surroundings
    const { reason } = this.#signal
    if (reason instanceof UnreadError || reason instanceof UnwrittenError) throw reason
    if (!stdout.write(text)) await drained(stdout, this.#signal)
  }
}

/** Undefined for what is no terminal. */
function widthOf({ isTTY, columns }: Printer): number | undefined {
  return isTTY === true ? columns || undefined : undefined
}

/** A reader that is behind is waited for: a listing of millions must not pile up in memory. */
async function drained(printer: Printer, signal: AbortSignal): Promise<void> {
  // What went wrong at once will not be told again.
  signal.throwIfAborted()
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error'] as const) printer.off(event, done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    for (const event of ['drain', 'close', 'error'] as const) printer.once(event, done)
    signal.addEventListener('abort', done, { once: true })
  })
  signal.throwIfAborted()
}
