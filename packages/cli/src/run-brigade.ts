import { setMaxListeners } from 'node:events'
import type { Acl } from '@bucket-brigade/core'
import { Buckets } from './buckets/buckets.js'
import type { Command } from './command.js'
import { commandGroups } from './commands.js'
import { codeOf, exitCodeOf, messageOf, UnreadError, UnwrittenError } from './errors.js'
import { EXIT, type ExitCode } from './exit-code.js'
import { Input } from './input.js'
import { Output } from './output/output.js'
import { type Chosen, choose } from './program.js'
import { redact } from './redact.js'
import type { Surroundings } from './surroundings.js'
import { version } from './version.js'

const ACLS: readonly Acl[] = [
  'private',
  'public-read',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
]

/**
 * Runs one `brigade` command, as the shell would.
 *
 * @param args What follows `brigade`.
 * @returns The exit code; everything else is printed. Never rejects.
 */
export async function runBrigade(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const chosen = await choose(args, commandGroups, version(), surroundings)
  return typeof chosen === 'number' ? chosen : runCommand(chosen, surroundings)
}

async function runCommand({ command, words, options }: Chosen, surroundings: Surroundings): Promise<ExitCode> {
  const input = new Input(words, options)
  const reading = watchReader(surroundings)
  const { signal } = reading
  const output = new Output(input.isSet('json') ? 'json' : 'text', surroundings, signal)
  try {
    return await inBuckets(command, input, output, surroundings, signal)
  } catch (error) {
    return await explain(error, output, surroundings, signal)
  } finally {
    output.progress.clear()
    reading.stop()
  }
}

async function inBuckets(
  command: Command,
  input: Input,
  output: Output,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<ExitCode> {
  const acl = input.choice('acl', ACLS)
  const texts = ['bucketUrl', 'prefix', 'publicUrl', 'browserEndpoint', 'baseUrl'].map((name) => [
    name,
    input.text(name),
  ])
  const buckets = new Buckets(surroundings, { ...Object.fromEntries(texts), acl })
  try {
    return await command.run({ input, buckets, output, surroundings, signal })
  } finally {
    await buckets.close()
  }
}

async function explain(
  error: unknown,
  output: Output,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (signal.reason instanceof UnreadError) return EXIT.unread
  if (signal.reason instanceof UnwrittenError) {
    output.trouble(signal.reason.message)
    return EXIT.failed
  }
  if (signal.aborted) {
    output.trouble('interrupted')
    return EXIT.interrupted
  }
  const message = redact(messageOf(error), surroundings.env)
  output.trouble(message)
  if (output.format === 'json') await output.result({ outcome: 'failed', code: codeOf(error), message }, undefined)
  return exitCodeOf(error)
}

/** A signal for the end of the work: the caller's, or that of a reader who has gone away, as `head` does. */
function watchReader({ stdout, signal }: Surroundings): { readonly signal: AbortSignal; readonly stop: () => void } {
  const unread = new AbortController()
  const onError = (error?: Error): void => unread.abort(endOfOutput(error))
  stdout.once('error', onError)
  const either = signal ? AbortSignal.any([signal, unread.signal]) : unread.signal
  // As many listen as there are objects at a time, which is no leak.
  setMaxListeners(0, either)
  return {
    signal: either,
    stop: () => stdout.off('error', onError),
  }
}

function endOfOutput(error: Error | undefined): Error {
  const isUnread = error === undefined || ('code' in error && error.code === 'EPIPE')
  if (isUnread) return new UnreadError('nobody reads the output')
  return new UnwrittenError(`the output cannot be written, and is not complete: ${error.message}`, { cause: error })
}
