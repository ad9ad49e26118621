import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { StorageDriver } from '../src/contract/driver.js'
import { MemoryDriver } from '../src/drivers/memory/index.js'
import { REQUEST_CHANNEL, type RequestEvent } from '../src/events.js'
import { BucketStore } from '../src/store/bucket-store.js'

export class Avatars extends BucketStore {
  readonly bucket = 'avatars-smashing'

  constructor(driver: StorageDriver = new MemoryDriver()) {
    super(driver)
  }
}

/** The events that are published while `work` runs, for one store. */
export async function requestsDuring(store: BucketStore, work: () => Promise<unknown>): Promise<RequestEvent[]> {
  const seen: RequestEvent[] = []
  const listener = (message: unknown): void => {
    const event = message as RequestEvent
    if (event.bucket === store.bucket) seen.push(event)
  }
  subscribe(REQUEST_CHANNEL, listener)
  try {
    await work()
  } finally {
    unsubscribe(REQUEST_CHANNEL, listener)
  }
  return seen
}
