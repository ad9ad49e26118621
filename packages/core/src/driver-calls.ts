import { PassThrough, type Readable } from 'node:stream'
import type { StorageDriver } from './driver.js'
import { DriverError, StoreError, show } from './errors.js'
import { publishRequest, type RequestEvent } from './events.js'

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

  /** One call to the driver, with its event. */
  async run<T>(subject: CallSubject, call: (driver: StorageDriver) => Promise<T>): Promise<T> {
    subject.signal?.throwIfAborted()
    const start = performance.now()
    try {
      const result = await call(this.driver)
      this.#publish(subject, start, 'ok')
      return result
    } catch (error) {
      const wrapped = this.wrap(subject, error)
      this.#publish(subject, start, StoreError.is(wrapped) ? wrapped.code : 'aborted')
      throw wrapped
    }
  }

  /** An abort passes through as it is; everything else becomes a StoreError with its cause. */
  wrap(subject: CallSubject, error: unknown): unknown {
    if (subject.signal?.aborted) return subject.signal.reason
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

  /** A stream of the same bytes whose failure is wrapped like that of a call. */
  wrapBody(subject: CallSubject, body: Readable): Readable {
    const wrapped = new PassThrough()
    body.once('error', (error) => wrapped.destroy(asError(this.wrap(subject, error))))
    wrapped.once('close', () => body.destroy())
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

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
