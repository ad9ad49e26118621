import { createInterface } from 'node:readline/promises'
import type { Task } from './command.js'
import { UsageError } from './errors.js'
import { plain } from './output/plain.js'

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
  const terminal = createInterface({ input: stdin })
  try {
    stderr.write(`${plain(what)} cannot be undone. Type "yes" to go on: `)
    const answer = await terminal.question('', { signal })
    if (answer.trim().toLowerCase() !== 'yes') throw new UsageError('nothing was done: the answer was not "yes"')
  } finally {
    terminal.close()
  }
}
