import { DriverError, StoreError, type StoreErrorCode } from '@bucket-brigade/core'
import { EXIT, type ExitCode } from './exit-code.js'

/** The command line asks for what cannot be. The message says what was expected, what came, and what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads something that was typed. What is wrong with it is wrong with the command line.
 *
 * @throws UsageError for what the library calls an invalid key or argument
 */
export function asUsage<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !INVALID.includes(String(error.code))) throw error
    throw new UsageError(error.message.replace(/^[a-z]+(?:-[a-z]+)*: /, ''))
  }
}

/** Whoever read the output has gone away. */
export class UnreadError extends Error {
  override readonly name = 'UnreadError'
}

/** What parsers of keys, origins and user ids say. */
const INVALID: readonly string[] = ['invalid-key', 'invalid-argument', 'invalid-request']
const OUT_OF_REACH: readonly StoreErrorCode[] = ['bucket-not-found', 'permission-denied', 'unavailable']

/** The output cannot be written: what stands there is not all of it. */
export class UnwrittenError extends Error {
  override readonly name = 'UnwrittenError'
}

/** Whether the operating system says that nothing stands at a path. */
export function isNothingThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

/** What became of a command that threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage
  if (error instanceof UnreadError) return EXIT.unread
  if (StoreError.is(error) && error.operation === 'open-driver') return EXIT.usage
  if (StoreError.is(error, ...OUT_OF_REACH)) return EXIT.unreachable
  if (isCropperError(error) && error.code === 'service-unsuitable') return EXIT.unreachable
  return EXIT.failed
}

/** The sentence for a person. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The word for a program. */
export function codeOf(error: unknown): string {
  if (error instanceof UsageError) return 'usage'
  return StoreError.is(error) || error instanceof DriverError || isCropperError(error) ? error.code : 'unknown'
}

/** Known by its name: the package that throws it brings an image library, which most verbs have no use for. */
function isCropperError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && error.name === 'CropperError' && 'code' in error
}
