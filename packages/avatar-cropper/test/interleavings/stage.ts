import {
  type DriverBody,
  DriverError,
  type ListPage,
  type ObjectLocation,
  type StorageDriver,
} from '@bucket-brigade/core'
import { around } from '../faults.js'

/** One storage request of an actor that waits to be let through. Its name is the same in every schedule. */
export interface PendingRequest {
  readonly actor: number
  readonly name: string
  /** Keys, and prefixes that end in `*`, that it may read or change. */
  readonly places: readonly string[]
  readonly writes: boolean
}

interface GatedRequest extends PendingRequest {
  readonly send: () => Promise<void>
  readonly refuse: () => void
}

interface Actor {
  readonly waiting: Map<string, GatedRequest>
  /** How often each request was made, to tell repeats apart. */
  readonly named: Map<string, number>
  live: boolean
}

/** Whether it matters which of two requests comes first. */
export function conflict(a: PendingRequest, b: PendingRequest): boolean {
  if (!a.writes && !b.writes) return false
  return a.places.some((one) => b.places.some((other) => meet(one, other)))
}

function meet(a: string, b: string): boolean {
  if (a.endsWith('*')) return (b.endsWith('*') && a.startsWith(b.slice(0, -1))) || b.startsWith(a.slice(0, -1))
  return b.endsWith('*') ? a.startsWith(b.slice(0, -1)) : a === b
}

/** Random parts of names, which differ from run to run. */
const RANDOM = /(?<=^tmp\/sweep\/)[0-9a-f]{32}$/

/**
 * Lets the requests of several servers through one at a time, as a search says.
 *
 * Each server has a gate before the bucket: a request waits there until it is chosen, is carried out whole, and its
 * server goes on until all of its work waits at the gate again, or has ended.
 */
export class Stage {
  readonly #bucket: StorageDriver
  readonly #check: () => void
  readonly #actors: Actor[] = []
  #wake: () => void = () => undefined
  #abandoned = false
  /** What nobody expected an actor to throw. */
  readonly #faults: unknown[] = []

  /** @param check Called after each request; what it throws ends the schedule. */
  constructor(bucket: StorageDriver, check: () => void) {
    this.#bucket = bucket
    this.#check = check
  }

  /** Begins the work of one more actor. */
  add(work: () => Promise<unknown>): void {
    const actor: Actor = { waiting: new Map(), named: new Map(), live: true }
    this.#actors.push(actor)
    const leave = () => {
      actor.live = false
      this.#wake()
    }
    work()
      .catch((fault: unknown) => void this.#faults.push(fault))
      .finally(leave)
  }

  /** The bucket as one actor sees it. */
  gated(actor: number): StorageDriver {
    const bucket = this.#bucket
    const one = <T>(verb: string, at: ObjectLocation, writes: boolean, call: () => Promise<T>) =>
      this.#request({ actor, verb, places: [at.key], writes }, call)
    return around(bucket, {
      get: (at, options) => one('get', at, false, () => bucket.get(at, options)),
      head: (at, options) => one('head', at, false, () => bucket.head(at, options)),
      put: (at, body: DriverBody, options) => one('put', at, true, () => bucket.put(at, body, options)),
      delete: (at, options) => one('delete', at, true, () => bucket.delete(at, options)),
      deleteMany: (name, keys, options) =>
        this.#request({ actor, verb: 'delete', places: keys, writes: true }, () =>
          bucket.deleteMany(name, keys, options),
        ),
      list: (name, prefix, options): Promise<ListPage> =>
        this.#request({ actor, verb: 'list', places: [`${prefix}*`], writes: false }, () =>
          bucket.list(name, prefix, options),
        ),
    })
  }

  /** What may go on now: every actor that has not ended waits with at least one request. */
  async choices(): Promise<readonly PendingRequest[]> {
    for (;;) {
      // What goes on beside a request that waits already needs no more than microtasks.
      await new Promise(setImmediate)
      if (this.#faults.length > 0) throw this.#faults[0]
      const busy = this.#actors.some(({ live, waiting }) => live && waiting.size === 0)
      if (!busy) return this.#actors.flatMap(({ waiting }) => [...waiting.values()])
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async take({ actor, name }: PendingRequest): Promise<void> {
    const request = this.#actors[actor]?.waiting.get(name)
    if (!request) throw new Error(`expected ${name} to wait: the program does not do the same every time`)
    this.#actors[actor]?.waiting.delete(name)
    await request.send()
    this.#check()
  }

  /** Ends the work of all actors: no request gets through any more. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    while (this.#actors.some(({ live }) => live)) {
      for (const { waiting } of this.#actors) {
        for (const request of waiting.values()) request.refuse()
        waiting.clear()
      }
      await new Promise(setImmediate)
    }
  }

  #request<T>(
    { actor, verb, places, writes }: Omit<PendingRequest, 'name'> & { readonly verb: string },
    call: () => Promise<T>,
  ): Promise<T> {
    const { waiting, named } = this.#actors[actor] as Actor
    return new Promise<T>((resolve, reject) => {
      const refuse = () => reject(new DriverError('unavailable', 'this schedule is over'))
      if (this.#abandoned) return refuse()
      const what = `${actor} ${verb} ${places.map((place) => place.replace(RANDOM, '…')).join(' ')}`
      const times = (named.get(what) ?? 0) + 1
      named.set(what, times)
      const name = `${what} ${times}`
      waiting.set(name, { actor, name, places, writes, send: () => call().then(resolve, reject), refuse })
      this.#wake()
    })
  }
}
