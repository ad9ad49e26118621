import type { Task } from '../command.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import type { Shade } from '../output/output.js'
import { plain } from '../output/plain.js'
import { countText } from '../output/quantities.js'
import { withoutPlace } from '../output/without-place.js'
import { pretty } from '../policies/rule-documents.js'
import { redact } from '../redact.js'
import type { Finding, Verdict } from './finding.js'

const SHADES: Readonly<Record<Verdict, Shade>> = { ok: 'green', fail: 'red', note: 'yellow' }
const CHECK_WIDTH = 22
const SAW_INDENT = 29
const CURE_INDENT = 12

/** Everything that was found, the newest finding of each kind. */
export class Chart {
  readonly #task: Task
  #findings: readonly Finding[] = []
  #applied: readonly object[] = []

  constructor(task: Task) {
    this.#task = task
  }

  async add(given: Finding): Promise<void> {
    const finding = this.#withoutSecrets(given)
    this.#findings = [...this.#findings, finding]
    const { output } = this.#task
    if (output.format === 'text') await output.result(finding, this.#textOf(finding))
    output.progress.show('looking at the bucket …')
  }

  /** Rules that are about to be applied. */
  showRules(where: string, rules: object): void {
    this.#applied = [...this.#applied, rules]
    this.#task.output.note(`applying to ${where}:\n${pretty(rules)}`)
  }

  /** What is looked at again takes the place of what was said of it. */
  async replace(check: string, findings: readonly Finding[]): Promise<void> {
    this.#findings = this.#findings.filter((finding) => finding.check !== check)
    for (const finding of findings) await this.add(finding)
  }

  has(check: string, verdict: Verdict): boolean {
    return this.#findings.some((finding) => finding.check === check && finding.verdict === verdict)
  }

  async end(bucket: string, isWhole: boolean): Promise<ExitCode> {
    const { output } = this.#task
    const count = (verdict: Verdict): number => this.#findings.filter((finding) => finding.verdict === verdict).length
    const [failed, notes] = [count('fail'), count('note')]
    if (output.format === 'json') {
      const verdict = failed === 0 ? 'ok' : 'fail'
      await output.result({ bucket, verdict, findings: this.#findings, applied: this.#applied }, undefined)
    }
    output.note(`${bucket}: ${count('ok')} ok, ${countText(failed, 'failure')}, ${countText(notes, 'note')}`)
    if (!isWhole) return EXIT.unreachable
    return failed === 0 ? EXIT.ok : EXIT.failed
  }

  #withoutSecrets({ saw, why, cure, command, ...finding }: Finding): Finding {
    const clean = (text: string | undefined) =>
      text === undefined ? undefined : plain(redact(withoutPlace(text), this.#task.surroundings.env))
    return { ...finding, saw: clean(saw) ?? '', why: clean(why), cure: clean(cure), command: clean(command) }
  }

  #textOf({ check, verdict, saw, why, cure, command }: Finding): string {
    const { output } = this.#task
    const lines = [
      `${output.shade(WORDS[verdict], SHADES[verdict])}  ${check.padEnd(CHECK_WIDTH)} ${output.wrap(saw, SAW_INDENT)}`,
    ]
    if (why !== undefined) lines.push(`      ${output.shade('why', 'dim')}   ${output.wrap(why, CURE_INDENT)}`)
    if (cure !== undefined) lines.push(`      ${output.shade('cure', 'dim')}  ${output.wrap(cure, CURE_INDENT)}`)
    // To be pasted: no line is broken.
    if (command !== undefined) lines.push(`${' '.repeat(CURE_INDENT)}${output.shade(command, 'bold')}`)
    return lines.join('\n')
  }
}

const WORDS: Readonly<Record<Verdict, string>> = { ok: 'OK  ', fail: 'FAIL', note: 'note' }
