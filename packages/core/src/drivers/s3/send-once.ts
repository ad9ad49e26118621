import type { S3Client, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3'
import type { S3Command } from './s3-sdk.js'

/** What goes wrong is thrown; the SDK would write a part of it to the console as well. */
export const SILENT = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Keeps the SDK's retries from recognising an error: they look at names, codes and statuses, also of causes. */
class SentOnce extends Error {
  readonly #original: unknown

  constructor(original: unknown) {
    super('this request is sent once')
    this.#original = original
  }

  get original(): unknown {
    return this.#original
  }
}

const wireErrors = new WeakSet<object>()

/** True for an error that came after the request had begun to leave: what the service made of it is another question. */
export function cameFromTheWire(error: unknown): boolean {
  return typeof error === 'object' && error !== null && wireErrors.has(error)
}

/**
 * Sends a command exactly once: a conditional write that is repeated after a lost reply would meet its own success
 * and report it as a conflict.
 *
 * A request that was refused for the clock's sake was not carried out; the SDK may correct the time and send it again.
 */
export async function sendOnce<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  client: S3Client,
  command: S3Command<Input, Output>,
  options: { readonly abortSignal?: AbortSignal },
): Promise<Output> {
  command.middlewareStack.add(
    (next, context) => {
      // Of a stream that failed, the SDK writes to the console where its client has no logger: the error is thrown anyway.
      if (context.logger?.constructor.name === 'NoOpLogger') context.logger = SILENT
      return next
    },
    { name: 'silence', step: 'initialize' },
  )
  command.middlewareStack.addRelativeTo(
    <Args, Result>(next: (args: Args) => Promise<Result>) =>
      async (args: Args): Promise<Result> => {
        try {
          return await next(args)
        } catch (error) {
          if (error instanceof Error && error.name === 'RequestTimeTooSkewed') throw error
          if (typeof error === 'object' && error !== null) wireErrors.add(error)
          throw new SentOnce(error)
        }
      },
    // Inside the retries, and after the signing, so that everything it sees happened on the wire.
    { name: 'sendOnce', relation: 'after', toMiddleware: 'httpSigningMiddleware' },
  )
  try {
    return await client.send(command, options)
  } catch (error) {
    throw error instanceof SentOnce ? error.original : error
  }
}
