import type { SweepFinding, SweepProgress, SweepReport } from '@bucket-brigade/avatar-cropper'
import { openCropper } from '../avatars/open-cropper.js'
import type { Command, Task } from '../command.js'
import { messageOf } from '../errors.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { plain } from '../output/plain.js'
import { bytesText, countText } from '../output/quantities.js'
import { redact } from '../redact.js'

export const sweep: Command = {
  name: 'sweep',
  summary: 'removes what crashes and people who went away have left behind',
  details:
    'Safe while everybody works; what others put there is never touched. --session-seconds must be that of the servers. Broken off, it says how to go on.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [
    { flags: '--dry-run', text: 'only show what would be removed' },
    { flags: '--session-seconds <seconds>', text: "the servers' sessionSeconds, 60 to 72000 (default 7200)" },
    { flags: '--grace-seconds <seconds>', text: 'time beyond that, 300 to 2592000 (default 3600)' },
    { flags: '--resume-after <cursor>', text: 'where an earlier sweep was' },
  ],
  examples: ['brigade sweep --dry-run', 'brigade sweep --json >> sweep.log'],
  run: async (task) => {
    const { input, buckets, output, signal } = task
    const bucket = await buckets.main(input.words[0])
    // A sweep writes no pointer, so it matters not how they are written.
    const cropper = await openCropper(bucket, {
      pointerWrites: 'last-writer-wins',
      sessionSeconds: input.integer('sessionSeconds', { min: 60, max: 72_000 }),
    })
    const graceSeconds = input.integer('graceSeconds', { min: 300, max: 2_592_000 })
    let cursor = input.text('resumeAfter')
    const told = new Telling(task)
    try {
      const report = await cropper.sweep(input.isSet('dryRun') ? 'report' : 'delete', {
        ...(graceSeconds !== undefined && { graceSeconds }),
        ...(cursor !== undefined && { resumeAfter: cursor }),
        signal,
        onFinding: (finding) => told.finding(finding),
        onProgress: (progress) => {
          cursor = progress.cursor
          told.progress(progress)
        },
      })
      return await told.end(report)
    } catch (error) {
      if (cursor !== undefined) output.note(`to go on from here: brigade sweep --resume-after ${quoted(cursor)}`)
      throw error
    }
  },
}

/** Prints in the order in which things are told, though nobody waits for it. */
class Telling {
  readonly #task: Task
  #printed: Promise<void> = Promise.resolve()

  constructor(task: Task) {
    this.#task = task
  }

  finding({ kind, key, bytes, since, outcome, cause }: SweepFinding): void {
    const { surroundings } = this.#task
    const message = cause === undefined ? undefined : redact(messageOf(cause), surroundings.env)
    const value = { outcome, kind, key, bytes, since: since.toISOString(), message }
    const why = message === undefined ? '' : `: ${plain(message)}`
    this.#print(value, `${outcome.padEnd(7)}  ${kind.padEnd(17)}  ${plain(key)}${why}`)
  }

  progress({ kind, seen, cursor }: SweepProgress): void {
    const { output } = this.#task
    if (output.format === 'json') this.#print({ outcome: 'progress', kind, seen, cursor }, undefined)
    output.progress.show(`sweeping ${kind}: ${seen} seen`)
  }

  async end(report: SweepReport): Promise<ExitCode> {
    await this.#printed
    const { output, surroundings } = this.#task
    const skipped = report.skipped.map(({ kind, cause }) => ({
      kind,
      message: redact(messageOf(cause), surroundings.env),
    }))
    const { mode, seen, found, bytes, deleted, failed } = report
    await output.result({ outcome: 'summary', mode, seen, found, bytes, deleted, failed, skipped }, undefined)
    for (const { kind, message } of skipped) output.trouble(`${kind} could not be looked for: ${message}`)
    const kinds = Object.entries(found).map(([kind, count]) => `${count} ${kind}`)
    const done = mode === 'report' ? 'nothing was removed' : `${deleted} removed, ${failed} failed`
    output.note(
      `looked at ${countText(seen, 'object')}; left behind: ${kinds.join(', ')} (${bytesText(bytes)}); ${done}`,
    )
    return failed > 0 || skipped.length > 0 ? EXIT.failed : EXIT.ok
  }

  #print(value: object, text: string | undefined): void {
    const { output } = this.#task
    // A reader who went away is told to the command by its signal.
    this.#printed = this.#printed.then(() => output.result(value, text)).catch(() => undefined)
  }
}

function quoted(text: string): string {
  return `'${plain(text).replaceAll("'", `'\\''`)}'`
}
