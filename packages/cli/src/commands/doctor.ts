import { browserRule, expiryRules, StoreError, setBrowserAccess, setTemporaryExpiry } from '@bucket-brigade/core'
import type { Command, Task } from '../command.js'
import { examine } from '../doctor/examine.js'
import { type Finding, fail, type Verdict } from '../doctor/finding.js'
import type { Patient } from '../doctor/patient.js'
import { Remedies } from '../doctor/remedies.js'
import { checkCors, checkLifecycle, originsToLetIn } from '../doctor/rules.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import type { Shade } from '../output/output.js'
import { plain } from '../output/plain.js'
import { countText } from '../output/quantities.js'
import { withoutPlace } from '../output/without-place.js'
import { originOption, originsOf } from '../policies/origins.js'
import { corsDocument, lifecycleDocument, pretty } from '../policies/rule-documents.js'
import { redact } from '../redact.js'

const SHADES: Readonly<Record<Verdict, Shade>> = { ok: 'green', fail: 'red', note: 'yellow' }
const CHECK_WIDTH = 22
const SAW_INDENT = 29
const CURE_INDENT = 12

export const doctor: Command = {
  name: 'doctor',
  summary: 'says what is wrong with a bucket, why it matters, and how it is cured',
  details:
    'Tries what the application relies on with a few small objects below tmp/, state/ and uploads/, and removes them. Exit code 0: nothing fails; 1: something fails; 3: the bucket cannot be worked with.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [
    originOption,
    { flags: '--public-url <url>', text: 'where the public reads the bucket (default: BUCKET_PUBLIC_URL)' },
    {
      flags: '--browser-endpoint <url>',
      text: 'origin at which browsers reach the service (default: BUCKET_BROWSER_ENDPOINT)',
    },
    { flags: '--base-url <url>', text: 'file: buckets: where diskObjects() answers; uses BRIGADE_SECRETS' },
    { flags: '--fix', text: 'shows, and then applies, the CORS and lifecycle rules that are missing' },
  ],
  examples: [
    'brigade doctor "s3://avatars?region=eu-central-1" --origin https://www.example.com',
    'brigade doctor --fix --origin https://www.example.com',
    'brigade doctor --json | jq \'.findings[] | select(.verdict == "fail")\'',
  ],
  run: async (task) => {
    const { input, buckets, surroundings, signal } = task
    const origins = originsOf(input)
    const bucket = await buckets.main(input.words[0])
    const { publicBaseUrl } = bucket.store
    const typed = { bucketUrl: input.words[0] ?? input.text('bucketUrl'), prefix: input.text('prefix') }
    const patient: Patient = {
      ...{ bucket, signal, fetch: surroundings.fetch, origins, remedies: new Remedies(bucket, typed) },
      publicUrl: typeof publicBaseUrl === 'string' ? publicBaseUrl : undefined,
    }
    const chart = new Chart(task)
    const isWhole = await examine(patient, (finding) => chart.add(finding))
    if (isWhole && input.isSet('fix')) await fix(patient, chart)
    return chart.end(bucket.name, isWhole)
  },
}

/** Everything that was found, the newest finding of each kind. */
class Chart {
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

async function fix(patient: Patient, chart: Chart): Promise<void> {
  const { bucket, signal } = patient
  const { store } = bucket
  if (chart.has('lifecycle', 'fail')) {
    chart.showRules(`the lifecycle of ${store.bucket}`, lifecycleDocument(expiryRules(store.prefix)))
    await apply(patient, chart, 'lifecycle', async () => {
      await setTemporaryExpiry(store, { signal })
      return [await checkLifecycle(patient)]
    })
  }
  if (chart.has('cors', 'fail')) {
    const origins = await originsToLetIn(patient)
    chart.showRules(`the CORS rules of ${store.bucket}`, corsDocument([browserRule(origins)]))
    await apply(patient, chart, 'cors', async () => {
      await setBrowserAccess(store, origins, { signal })
      return checkCors(patient)
    })
  }
}

/** Rules that may not be written, or that the service has no call for, are found so: what else was found is told all the same. */
async function apply(
  { remedies }: Patient,
  chart: Chart,
  check: string,
  write: () => Promise<readonly Finding[]>,
): Promise<void> {
  try {
    await chart.replace(check, await write())
  } catch (error) {
    if (!StoreError.is(error)) throw error
    const why = 'the rules could not be applied'
    const finding =
      error.code === 'permission-denied'
        ? fail(
            check,
            error.message,
            why,
            'grant the rights that this prints',
            remedies.brigade('policy', '--with', 'fix'),
          )
        : fail(check, error.message, why, 'set them where the service is administered')
    await chart.replace(check, [finding])
  }
}
