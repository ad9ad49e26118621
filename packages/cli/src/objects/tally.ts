import { codeOf, messageOf } from '../errors.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import type { Output } from '../output/output.js'
import { plain } from '../output/plain.js'
import { bar } from '../output/progress-line.js'
import { bytesText, countText } from '../output/quantities.js'
import { withoutPlace } from '../output/without-place.js'
import { redact } from '../redact.js'

/** One object that a verb dealt with. */
export interface Handled {
  readonly from?: string
  readonly to?: string
  readonly bytes?: number
}

/** An object costs a request, however small it is: about as much time as these bytes. */
const REQUEST_IN_BYTES = 50_000

/** Counts what a verb does to many objects, shows how far it is, and says in the end what became of them. */
export class Tally {
  readonly #output: Output
  /** `uploaded`, `copied`, `removed`. */
  readonly #done: string
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #began = Date.now()
  #objects = 0
  #skipped = 0
  #failed = 0
  /** Of what is finished. */
  #bytes = 0
  /** That passed through here, those of unfinished objects included. */
  #passed = 0
  /** Of what was at its target already. */
  #spared = 0
  #newest: Handled = {}
  /** What there is to do, once somebody knows. */
  #total: { readonly objects: number; readonly bytes: number } | undefined

  constructor(output: Output, done: string, env: Readonly<Record<string, string | undefined>>) {
    this.#output = output
    this.#done = done
    this.#env = env
  }

  /** Bytes that passed so far. */
  get passed(): number {
    return this.#passed
  }

  /** Whether anything became of anything yet. */
  get hasBegun(): boolean {
    return this.#objects + this.#skipped + this.#failed > 0
  }

  /** How much there is to do in all. */
  expect(objects: number, bytes: number): void {
    this.#total = { objects, bytes }
  }

  readonly onBytes = (bytes: number): void => {
    this.#passed += bytes
    this.#show()
  }

  async finished(handled: Handled): Promise<void> {
    this.#objects += 1
    this.#bytes += handled.bytes ?? 0
    await this.#output.result({ outcome: this.#done, ...handled }, undefined)
    this.#show(handled)
  }

  async skipped(handled: Handled): Promise<void> {
    this.#skipped += 1
    this.#spared += handled.bytes ?? 0
    await this.#output.result({ outcome: 'skipped', ...handled }, undefined)
    this.#show(handled)
  }

  async failed(handled: Handled, error: unknown): Promise<void> {
    this.#failed += 1
    const message = redact(withoutPlace(messageOf(error)), this.#env)
    this.#output.trouble(`${handled.from ?? handled.to ?? ''}: ${message}`)
    if (this.#output.format === 'json') {
      await this.#output.result({ outcome: 'failed', ...handled, code: codeOf(error), message }, undefined)
    }
  }

  /** Something in a folder that is no file, and is not taken along. */
  leftOut(path: string): void {
    this.#output.note(`${plain(path)}: left out, as it is no regular file`)
  }

  /** The last line, and the exit code that follows from it. */
  end(): ExitCode {
    this.#output.progress.clear()
    const parts = [`${this.#done} ${countText(this.#objects, 'object')}`]
    if (this.#bytes > 0) parts.push(bytesText(this.#bytes))
    if (this.#skipped > 0) parts.push(`${this.#skipped} skipped`)
    if (this.#failed > 0) parts.push(`${this.#failed} failed`)
    this.#output.note(parts.join(', '))
    return this.#failed > 0 ? EXIT.failed : EXIT.ok
  }

  #show({ to, from }: Handled = this.#newest): void {
    this.#newest = { to, from }
    const { progress } = this.#output
    if (!progress.isVisible) return
    const seconds = Math.max(0.1, (Date.now() - this.#began) / 1000)
    const pace = this.#passed > 0 ? `, ${bytesText(this.#passed)}, ${bytesText(this.#passed / seconds)}/s` : ''
    progress.show(`${this.#bar()}${this.#done} ${this.#objects}${this.#ofAll()}${pace}  ${to ?? from ?? ''}`)
  }

  #bar(): string {
    if (!this.#total) return ''
    const handled = this.#objects + this.#skipped + this.#failed
    const done = Math.max(this.#passed, this.#bytes) + this.#spared + handled * REQUEST_IN_BYTES
    return `${bar(done, this.#total.bytes + this.#total.objects * REQUEST_IN_BYTES)} `
  }

  #ofAll(): string {
    return this.#total && this.#total.objects > 1 ? ` of ${this.#total.objects}` : ''
  }
}
