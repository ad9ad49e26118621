import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../errors.js'
import type { BucketStore } from '../store/bucket-store.js'
import { textOf } from './contents.js'

interface Counter {
  readonly total: number
  /** Every increment leaves its id, which settles those whose reply was lost. */
  readonly operations: readonly string[]
}

/** Adds one to a counter by compare-and-swap, exactly once, however often it has to try. */
export async function increment(store: BucketStore, key: string, operation: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { etag } = await store.head(key)
    try {
      const counter: Counter = JSON.parse(await textOf(store, key, { ifMatch: etag }))
      if (counter.operations.includes(operation)) return
      const next: Counter = { total: counter.total + 1, operations: [...counter.operations, operation] }
      await store.put(key, JSON.stringify(next), { mode: { ifMatch: etag } })
      return
    } catch (error) {
      if (!StoreError.is(error, 'precondition-failed', 'outcome-unknown') || attempt === 200) throw error
      await sleep(Math.random() * Math.min(200, 5 * 2 ** attempt))
    }
  }
}
