import type { ObjectHead } from '../contract/driver.js'

/** What a name, a head and the rest of its record take, so that empty objects are bounded too. */
const RECORD_BYTES = 2048

interface Entry {
  readonly name: string
  readonly head: ObjectHead
  readonly cost: number
  readonly bytes: Promise<Buffer>
  readonly loading: AbortController
  state: 'loading' | 'kept' | 'dropped'
  readers: number
}

/**
 * Bytes of objects by name, one version each; the least recently read go first.
 *
 * What is still being loaded counts too, so that `maxBytes` holds at every moment. Who asks for what is being loaded
 * waits for it; a load is cancelled when its last reader has left.
 */
export class ByteCache {
  readonly #maxBytes: number
  /** In the order of their last reading. */
  readonly #entries = new Map<string, Entry>()
  #used = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The head of the version that is here or on its way, whichever version that may be. */
  headOf(name: string): ObjectHead | undefined {
    return this.#entries.get(name)?.head
  }

  /** Whether an object of this size would ever fit. */
  fits(size: number): boolean {
    return size + RECORD_BYTES <= this.#maxBytes
  }

  /** The bytes of just this version, loaded if need be. Undefined where other loads leave no room for it now. */
  async read(
    name: string,
    head: ObjectHead,
    load: (signal: AbortSignal) => Promise<Buffer>,
    signal?: AbortSignal,
  ): Promise<Buffer | undefined> {
    const found = this.#entries.get(name)
    const entry = found && isSameVersion(found.head, head) ? found : this.#begin(name, head, load)
    if (!entry) return undefined
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    entry.readers += 1
    try {
      return await untilAborted(entry.bytes, signal)
    } finally {
      entry.readers -= 1
      if (entry.readers === 0 && entry.state === 'loading') this.#drop(entry)
    }
  }

  /** What is being loaded reaches its readers, and is not kept. */
  forget(name: string): void {
    const entry = this.#entries.get(name)
    if (entry?.state === 'kept') this.#drop(entry)
    this.#entries.delete(name)
  }

  clear(): void {
    for (const name of [...this.#entries.keys()]) this.forget(name)
  }

  #begin(name: string, head: ObjectHead, load: (signal: AbortSignal) => Promise<Buffer>): Entry | undefined {
    this.forget(name)
    const cost = head.size + RECORD_BYTES
    if (!this.#makeRoom(cost)) return undefined
    const loading = new AbortController()
    const bytes = load(loading.signal)
    const entry: Entry = { name, head, cost, bytes, loading, state: 'loading', readers: 0 }
    this.#used += cost
    bytes.then(
      () => this.#keep(entry),
      () => this.#drop(entry),
    )
    return entry
  }

  #makeRoom(cost: number): boolean {
    for (const entry of this.#entries.values()) {
      if (this.#used + cost <= this.#maxBytes) return true
      if (entry.state === 'kept') this.#drop(entry)
    }
    return this.#used + cost <= this.#maxBytes
  }

  #keep(entry: Entry): void {
    if (this.#entries.get(entry.name) !== entry) this.#drop(entry)
    else if (entry.state === 'loading') entry.state = 'kept'
  }

  #drop(entry: Entry): void {
    if (entry.state === 'dropped') return
    if (entry.state === 'loading') entry.loading.abort()
    entry.state = 'dropped'
    this.#used -= entry.cost
    if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name)
  }
}

function isSameVersion(one: ObjectHead, other: ObjectHead): boolean {
  return one.etag === other.etag && one.size === other.size
}

/** Settles as the promise does, or at once with the signal's reason. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
