import { browserRule, expiryRules, setBrowserAccess, setTemporaryExpiry } from '@bucket-brigade/core'
import type { Command, Task } from '../command.js'
import { examine } from '../doctor/examine.js'
import type { Finding, Verdict } from '../doctor/finding.js'
import type { Patient } from '../doctor/patient.js'
import { checkCors, checkLifecycle } from '../doctor/rules.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import type { Shade } from '../output/output.js'
import { plain } from '../output/plain.js'
import { countText } from '../output/quantities.js'
import { withoutPlace } from '../output/without-place.js'
import { corsDocument, lifecycleDocument, pretty } from '../policies/rule-documents.js'
import { redact } from '../redact.js'

const SHADES: Readonly<Record<Verdict, Shade>> = { ok: 'green', fail: 'red', note: 'yellow' }
const CHECK_WIDTH = 22

export const doctor: Command = {
  name: 'doctor',
  summary: 'says what is wrong with a bucket, why it matters, and how it is cured',
  details:
    'Tries what the application relies on with a few small objects below tmp/, state/ and uploads/, and removes them. Exit code 0: nothing fails; 1: something fails; 3: the bucket cannot be worked with.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [
    { flags: '--origin <origins...>', text: 'origins of the pages that upload straight to the bucket' },
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
    const bucket = await buckets.main(input.words[0])
    const { publicBaseUrl } = bucket.store
    const patient: Patient = {
      ...{ bucket, signal, fetch: surroundings.fetch, origins: input.list('origin') },
      publicUrl: typeof publicBaseUrl === 'string' ? publicBaseUrl : undefined,
    }
    const chart = new Chart(task)
    const isWhole = await examine(patient, (finding) => chart.add(finding))
    if (isWhole && input.isSet('fix')) await fix(task, patient, chart)
    return chart.end(bucket.name, isWhole)
  },
}

/** Everything that was found, the newest finding of each kind. */
class Chart {
  readonly #task: Task
  #findings: readonly Finding[] = []

  constructor(task: Task) {
    this.#task = task
  }

  async add(given: Finding): Promise<void> {
    const finding = this.#withoutSecrets(given)
    this.#findings = [...this.#findings, finding]
    const { output } = this.#task
    if (output.format === 'text') await output.result(finding, this.#textOf(finding))
    output.progress.show(`after ${finding.check} …`)
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
      await output.result({ bucket, verdict: failed === 0 ? 'ok' : 'fail', findings: this.#findings }, undefined)
    }
    output.note(`${bucket}: ${count('ok')} ok, ${countText(failed, 'failure')}, ${countText(notes, 'note')}`)
    if (!isWhole) return EXIT.unreachable
    return failed === 0 ? EXIT.ok : EXIT.failed
  }

  #withoutSecrets({ saw, why, cure, ...finding }: Finding): Finding {
    const clean = (text: string | undefined) =>
      text === undefined ? undefined : plain(redact(withoutPlace(text), this.#task.surroundings.env))
    return { ...finding, saw: clean(saw) ?? '', why: clean(why), cure: clean(cure) }
  }

  #textOf({ check, verdict, saw, why, cure }: Finding): string {
    const { output } = this.#task
    const lines = [`${output.shade(WORDS[verdict], SHADES[verdict])}  ${check.padEnd(CHECK_WIDTH)} ${saw}`]
    if (why !== undefined) lines.push(`      ${output.shade('why', 'dim')}   ${why}`)
    if (cure !== undefined) lines.push(`      ${output.shade('cure', 'dim')}  ${cure}`)
    return lines.join('\n')
  }
}

const WORDS: Readonly<Record<Verdict, string>> = { ok: 'OK  ', fail: 'FAIL', note: 'note' }

async function fix(task: Task, patient: Patient, chart: Chart): Promise<void> {
  const { output, signal } = task
  const { store } = patient.bucket
  if (chart.has('lifecycle', 'fail')) {
    output.note(
      `applying to the lifecycle of ${store.bucket}:\n${pretty(lifecycleDocument(expiryRules(store.prefix)))}`,
    )
    await setTemporaryExpiry(store, { signal })
    await chart.replace('lifecycle', [await checkLifecycle(patient)])
  }
  if (chart.has('cors', 'fail')) {
    const { origins } = patient
    output.note(`applying to the CORS rules of ${store.bucket}:\n${pretty(corsDocument([browserRule(origins)]))}`)
    await setBrowserAccess(store, origins, { signal })
    await chart.replace('cors', await checkCors(patient))
  }
}
