import { finished, PassThrough, type Readable } from 'node:stream'
import type { StorageDriver } from '../contract/driver.js'
import { asError, DriverError, StoreError, type StoreErrorCode, show } from '../errors.js'
import { publishRequest, type RequestEvent } from '../events.js'
import { SourceFailure } from '../transfer/upload-body.js'

/** What a call is about, for its error and its event. */
export interface CallSubject {
  readonly operation: string
  readonly key: string
  readonly bytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The one way to a driver: wraps every error once, with operation, bucket and key, and publishes an event. */
export class DriverCalls {
  constructor(
    readonly driver: StorageDriver,
    readonly bucket: string,
  ) {}

  /** Wraps the errors of checks that come before a call, and of what follows it. */
  async guard<T>(subject: CallSubject, work: () => Promise<T>): Promise<T> {
    try {
      subject.signal?.throwIfAborted()
      return await work()
    } catch (error) {
      throw this.wrap(subject, error)
    }
  }

  /** One call to the driver, with its event. `bytesOf` tells how many were moved, where only the result knows. */
  async run<T>(
    subject: CallSubject,
    call: (driver: StorageDriver) => Promise<T>,
    bytesOf: (result: T) => number | undefined = () => subject.bytes,
  ): Promise<T> {
    subject.signal?.throwIfAborted()
    const start = performance.now()
    try {
      const result = await call(this.driver)
      this.#publish({ ...subject, bytes: bytesOf(result) }, start, 'ok')
      return result
    } catch (error) {
      const wrapped = this.wrap(subject, error)
      const isOver = subject.signal?.aborted || !StoreError.is(wrapped)
      this.#publish(subject, start, isOver ? 'aborted' : wrapped.code)
      throw wrapped
    }
  }

  /** The cause of an error that the driver threw. */
  codeOf(error: unknown): StoreErrorCode {
    return error instanceof DriverError ? error.code : this.driver.explain(error).code
  }

  /** An abort and the failure of a body's source pass as they are; all else becomes a StoreError with its cause. */
  wrap(subject: CallSubject, error: unknown): unknown {
    if (subject.signal?.aborted) return subject.signal.reason
    if (error instanceof SourceFailure) return error.reason
    if (StoreError.is(error)) return error
    const { operation, key } = subject
    const { code, message } = error instanceof DriverError ? error : this.driver.explain(error)
    const where = key === '' ? `bucket ${show(this.bucket)}` : `${show(key)} in bucket ${show(this.bucket)}`
    return new StoreError(code, `${operation} ${where}: ${message}`, {
      operation,
      bucket: this.bucket,
      key,
      cause: error,
    })
  }

  /**
   * A stream of the same bytes whose failure is wrapped like that of a call. An abort ends it at once, and a body that
   * closes before its end is a failure too. Destroying it releases the body.
   */
  wrapBody(subject: CallSubject, body: Readable): Readable {
    const { signal } = subject
    const wrapped = new PassThrough()
    const fail = (error: unknown) => wrapped.destroy(asError(this.wrap(subject, error)))
    const stop = () => fail(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    // `for await` and `pipeline` meet the error. A body that nobody reads yet must not end the process.
    wrapped.on('error', () => {})
    wrapped.once('close', () => {
      signal?.removeEventListener('abort', stop)
      body.destroy()
    })
    finished(body, { writable: false }, (error) => {
      if (error) fail(error.code === 'ERR_STREAM_PREMATURE_CLOSE' ? cutShort(error) : error)
    })
    return body.pipe(wrapped)
  }

  #publish(subject: CallSubject, start: number, outcome: RequestEvent['outcome']): void {
    publishRequest(() => ({
      driver: this.driver.name,
      operation: subject.operation,
      bucket: this.bucket,
      key: subject.key,
      bytes: subject.bytes,
      milliseconds: performance.now() - start,
      outcome,
    }))
  }
}

function cutShort(cause: Error): DriverError {
  return new DriverError('unavailable', 'the connection closed before the end of the body; try again', { cause })
}
