import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Task } from './command.js'
import { UsageError } from './errors.js'
import { plain } from './output/plain.js'
import type { Reader } from './surroundings.js'

/**
 * Asks before something is gone for good. `--yes` answers beforehand; where nobody can be asked, nothing is done.
 *
 * @throws UsageError where the answer is not yes
 */
export async function confirm({ input, surroundings, signal }: Task, what: string): Promise<void> {
  if (input.isSet('yes')) return
  const { stdin, stderr } = surroundings
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new UsageError(`${what} cannot be undone: write --yes to agree, or --dry-run to see what it would be`)
  }
  stderr.write(`${plain(what)} cannot be undone. Type "yes" to go on: `)
  const answer = await lineOf(stdin, signal)
  // The line that the answer would have ended.
  if (answer === undefined) stderr.write('\n')
  signal.throwIfAborted()
  if (answer?.trim().toLowerCase() !== 'yes') throw new UsageError('nothing was done: the answer was not "yes"')
}

/** One line. Undefined where the input ends before it (Ctrl-D), and where the signal ends the wait. */
async function lineOf(stdin: Reader, signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: stdin, signal })
  try {
    const [line]: readonly unknown[] = await Promise.race([once(lines, 'line'), once(lines, 'close')])
    return typeof line === 'string' ? line : undefined
  } finally {
    lines.close()
  }
}
