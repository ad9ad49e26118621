import type { Buckets } from './buckets/buckets.js'
import type { ExitCode } from './exit-code.js'
import type { Input } from './input.js'
import type { ArgumentSpec, OptionSpec } from './option-spec.js'
import type { Output } from './output/output.js'
import type { Surroundings } from './surroundings.js'

/** One verb: what its help says, and what it does. */
export interface Command {
  /** Words as they are typed: `ls`, `bucket create`. */
  readonly name: string
  /** One line of the list of all verbs. */
  readonly summary: string
  /** What else its help says, before the examples. */
  readonly details?: string
  readonly arguments: readonly ArgumentSpec[]
  readonly options: readonly OptionSpec[]
  /** Lines that work when they are pasted. */
  readonly examples: readonly string[]
  run(task: Task): Promise<ExitCode>
}

/** A verb at work: what was typed, and what it may use. */
export interface Task {
  readonly input: Input
  readonly buckets: Buckets
  readonly output: Output
  readonly surroundings: Surroundings
  /** Aborted by Ctrl-C, and when nobody reads the output any more. */
  readonly signal: AbortSignal
}
