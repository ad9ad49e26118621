import type { SweepKind } from '@bucket-brigade/avatar-cropper'
import type { SweepFinding, SweepMode, SweepOptions, SweepProgress, SweepReport } from '@bucket-brigade/core'
import { openCropper } from '../avatars/open-cropper.js'
import type { Bucket } from '../buckets/buckets.js'
import type { Command, Task } from '../command.js'
import { messageOf } from '../errors.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { plain } from '../output/plain.js'
import { bytesText, countText } from '../output/quantities.js'
import { shellWord } from '../output/shell-word.js'
import { redact } from '../redact.js'

/** What there is to sweep, in this order. */
type Part = 'avatars' | 'uploads'
type Finding = SweepFinding<SweepKind>
type Progress = SweepProgress<SweepKind>

/** Cursors of the second part begin with it; those of the first one are its own. */
const UPLOADS = 'uploads:'

export const sweep: Command = {
  name: 'sweep',
  summary: 'removes what crashes and people who went away have left behind',
  details:
    'Of avatars, and of direct uploads below tmp/uploads/. Safe while everybody works; what others put there is never touched. The session seconds must be those of the servers. Broken off, it says how to go on.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [
    { flags: '--dry-run', text: 'only show what would be removed' },
    { flags: '--session-seconds <seconds>', text: "the avatars' sessionSeconds, 60 to 72000 (default 7200)" },
    {
      flags: '--upload-session-seconds <seconds>',
      text: "the direct uploads' sessionSeconds, 1 to 604800 (default 86400)",
    },
    { flags: '--grace-seconds <seconds>', text: 'time beyond that, 300 to 2592000 (default 3600)' },
    { flags: '--resume-after <cursor>', text: 'where an earlier sweep was' },
  ],
  examples: ['brigade sweep --dry-run', 'brigade sweep --json >> sweep.log'],
  run: async (task) => {
    const { input, buckets, output } = task
    const sessions = {
      avatars: input.integer('sessionSeconds', { min: 60, max: 72_000 }),
      uploads: input.integer('uploadSessionSeconds', { min: 1, max: 604_800 }),
    }
    const graceSeconds = input.integer('graceSeconds', { min: 300, max: 2_592_000 })
    const bucket = await buckets.existing(input.words[0])
    const run = new Run(task, bucket, graceSeconds)
    try {
      const avatars = run.isPastAvatars ? EXIT.ok : await run.sweepAvatars(sessions.avatars)
      const uploads = await run.sweepUploads(sessions.uploads)
      return avatars === EXIT.ok ? uploads : avatars
    } catch (error) {
      if (run.cursor !== undefined) {
        output.note(`to go on from here, run it again with --resume-after ${shellWord(run.cursor)}`)
      }
      throw error
    }
  },
}

/** One part after the other, and how far they have come. */
class Run {
  readonly #task: Task
  readonly #bucket: Bucket
  readonly #graceSeconds: number | undefined
  readonly #mode: SweepMode
  /** What `--resume-after` takes to go on from here. */
  cursor: string | undefined

  constructor(task: Task, bucket: Bucket, graceSeconds: number | undefined) {
    this.#task = task
    this.#bucket = bucket
    this.#graceSeconds = graceSeconds
    this.#mode = task.input.isSet('dryRun') ? 'report' : 'delete'
    this.cursor = task.input.text('resumeAfter')
  }

  /** Whether an earlier sweep was through with the avatars. */
  get isPastAvatars(): boolean {
    return this.cursor?.startsWith(UPLOADS) === true
  }

  async sweepAvatars(sessionSeconds: number | undefined): Promise<ExitCode> {
    // A sweep writes no pointer, so it matters not how they are written.
    const cropper = await openCropper(this.#bucket, { pointerWrites: 'last-writer-wins', sessionSeconds })
    const told = new Telling(this.#task, 'avatars')
    const report = await cropper.sweep(this.#mode, this.#options(told, '', this.cursor))
    this.cursor = UPLOADS
    return told.end(report)
  }

  async sweepUploads(sessionSeconds: number | undefined): Promise<ExitCode> {
    // It brings an HTTP server, which no other verb shall wait for.
    const { sweepUploads } = await import('@bucket-brigade/express')
    const told = new Telling(this.#task, 'uploads')
    const resumeAfter = this.cursor?.slice(UPLOADS.length) || undefined
    const report = await sweepUploads(this.#bucket.store, this.#mode, {
      ...this.#options(told, UPLOADS, resumeAfter),
      ...(sessionSeconds !== undefined && { sessionSeconds }),
    })
    return told.end(report)
  }

  #options(told: Telling, prefix: string, resumeAfter: string | undefined): SweepOptions<SweepKind> {
    return {
      ...(this.#graceSeconds !== undefined && { graceSeconds: this.#graceSeconds }),
      ...(resumeAfter !== undefined && { resumeAfter }),
      signal: this.#task.signal,
      onFinding: (finding) => told.finding(finding),
      onProgress: (progress) => {
        this.cursor = `${prefix}${progress.cursor}`
        told.progress({ ...progress, cursor: this.cursor })
      },
    }
  }
}

/** Prints in the order in which things are told, though nobody waits for it. */
class Telling {
  readonly #task: Task
  readonly #of: Part
  #printed: Promise<void> = Promise.resolve()

  constructor(task: Task, of: Part) {
    this.#task = task
    this.#of = of
  }

  finding({ kind, key, bytes, since, outcome, cause }: Finding): void {
    const { surroundings } = this.#task
    const message = cause === undefined ? undefined : redact(messageOf(cause), surroundings.env)
    const value = { outcome, of: this.#of, kind, key, bytes, since: since.toISOString(), message }
    const why = message === undefined ? '' : `: ${plain(message)}`
    this.#print(value, `${outcome.padEnd(7)}  ${kind.padEnd(17)}  ${plain(key)}${why}`)
  }

  progress({ kind, seen, cursor }: Progress): void {
    const { output } = this.#task
    if (output.format === 'json') this.#print({ outcome: 'progress', of: this.#of, kind, seen, cursor }, undefined)
    output.progress.show(`sweeping ${this.#of}, ${kind}: ${seen} seen`)
  }

  async end<Kind extends SweepKind>(report: SweepReport<Kind>): Promise<ExitCode> {
    await this.#printed
    const { output, surroundings } = this.#task
    const skipped = report.skipped.map(({ kind, cause }) => ({
      kind,
      message: redact(messageOf(cause), surroundings.env),
    }))
    const { mode, seen, found, bytes, deleted, failed } = report
    const of = this.#of
    await output.result({ outcome: 'summary', of, mode, seen, found, bytes, deleted, failed, skipped }, undefined)
    for (const { kind, message } of skipped) output.trouble(`${of}: ${kind} could not be looked for: ${message}`)
    output.note(`${of}: looked at ${countText(seen, 'object')}; ${foundText(report)}`)
    return failed > 0 || skipped.length > 0 ? EXIT.failed : EXIT.ok
  }

  #print(value: object, text: string | undefined): void {
    const { output } = this.#task
    // A reader who went away is told to the command by its signal.
    this.#printed = this.#printed.then(() => output.result(value, text)).catch(() => undefined)
  }
}

/** `left behind: 3 temporary, 1 orphan (1.2 MB); 4 removed` */
function foundText<Kind extends SweepKind>({ mode, found, bytes, deleted, failed }: SweepReport<Kind>): string {
  const kinds = Object.entries(found).flatMap(([kind, count]) => (count === 0 ? [] : [`${count} ${kind}`]))
  if (kinds.length === 0) return 'nothing was left behind'
  const done = mode === 'report' ? 'nothing was removed' : `${deleted} removed`
  return `left behind: ${kinds.join(', ')} (${bytesText(bytes)}); ${done}${failed > 0 ? `, ${failed} failed` : ''}`
}
