import { setMaxListeners } from 'node:events'
import type { Cancellable } from '../contract/driver.js'

/** How much happens at a time. */
export interface ParallelOptions extends Cancellable {
  /** How many items are worked on at a time. */
  readonly concurrency: number
}

/**
 * Works on items as they come, `concurrency` at a time; an item is taken only when there is a place for it.
 *
 * The first failure, or an abort, is told to the work that is under way by its signal, and thrown once all of that has
 * ended. A source that gives nothing any more is not waited for then: ending it is its owner's affair.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  { concurrency, signal }: ParallelOptions,
  work: (item: T, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const broken = new AbortController()
  const stop = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal
  // As many listen as there are items at a time, which is no leak.
  setMaxListeners(0, stop)
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  const underWay = new Set<Promise<unknown>>()
  const worker = async (): Promise<void> => {
    while (!stop.aborted) {
      const next = await iterator.next()
      if (next.done || stop.aborted) return
      const working = work(next.value, stop)
      underWay.add(working)
      await working
      underWay.delete(working)
    }
  }
  const workers = Array.from({ length: concurrency }, () => worker().catch((error: unknown) => broken.abort(error)))
  await untilAborted(Promise.all(workers), stop)
  await Promise.allSettled(underWay)
  stop.throwIfAborted()
}

/** Resolves with the work, or as soon as the signal is aborted. */
async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  await new Promise<unknown>((resolve) => {
    signal.addEventListener('abort', resolve, { once: true })
    if (signal.aborted) resolve(undefined)
    void work.then(resolve)
  })
}
