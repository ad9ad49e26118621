import { DriverError, StoreError, type StoreErrorCode } from '@bucket-brigade/core'

/** Nothing else would go better after one of these. */
const SERVICE_TROUBLE: readonly StoreErrorCode[] = ['bucket-not-found', 'permission-denied', 'unavailable']
/** One object that is refused is its own affair; this many in a row are the service's. */
const TROUBLE_LIMIT = 8

/** The service refuses, or this machine's disk is full. One file that may not be read says nothing of the next. */
function isTrouble(error: unknown): boolean {
  if (error instanceof DriverError) return error.code === 'unavailable'
  return StoreError.is(error, ...SERVICE_TROUBLE)
}

/** How to go through items. */
export interface WorkOptions {
  readonly concurrency: number
  readonly signal: AbortSignal
}

/**
 * Works on items as they come, some at a time, and goes on past those that fail.
 *
 * Ends with the error of the service where it keeps refusing everything, and with the signal's reason.
 */
export async function workThrough<T>(
  items: AsyncIterable<T> | Iterable<T>,
  { concurrency, signal }: WorkOptions,
  work: (item: T) => Promise<void>,
  onFailure: (item: T, error: unknown) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let inARow = 0
  let ending: { readonly error: unknown } | undefined
  const worker = async (): Promise<void> => {
    while (!ending && !signal.aborted) {
      const next = await iterator.next()
      if (next.done) return
      try {
        await work(next.value)
        inARow = 0
      } catch (error) {
        signal.throwIfAborted()
        inARow = isTrouble(error) ? inARow + 1 : 0
        await onFailure(next.value, error)
        if (inARow >= TROUBLE_LIMIT) throw error
      }
    }
  }
  await Promise.all(
    Array.from({ length: concurrency }, () =>
      worker().catch((error: unknown) => {
        ending ??= { error }
      }),
    ),
  )
  signal.throwIfAborted()
  if (ending) throw ending.error
}

/**
 * The results of work on items, in the order of the items, some at a time.
 */
export async function* mapInOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const waiting: Promise<R>[] = []
  try {
    for await (const item of items) {
      const result = work(item)
      // It is told when it is its turn: until then nobody listens, and that would end the process.
      result.catch(() => undefined)
      waiting.push(result)
      if (waiting.length < concurrency) continue
      const first = waiting.shift()
      if (first) yield await first
    }
    while (waiting.length > 0) {
      const first = waiting.shift()
      if (first) yield await first
    }
  } finally {
    // Whoever stopped listening is told of the first failure only.
    await Promise.allSettled(waiting)
  }
}
