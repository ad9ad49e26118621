import { setTimeout as pause } from 'node:timers/promises'
import { type BucketStore, StoreError } from '@bucket-brigade/core'
import { readPointer } from './bucket-snapshot.js'

const PAUSE_MILLISECONDS = 20

/** Reads pointers while they are written, and notes where one went back or became another. */
export class PointerWatch {
  reads = 0
  readonly complaints: string[] = []
  readonly #store: BucketStore
  readonly #seen = new Map<string, { readonly revision: number; readonly lineage: string }>()
  #isOver = false
  #watching: Promise<void> = Promise.resolve()

  constructor(store: BucketStore) {
    this.#store = store
  }

  /** @param users Called again for each round: people come and go. */
  begin(users: () => readonly string[]): void {
    this.#watching = this.#watch(users)
    // Told by `end`.
    this.#watching.catch(() => {})
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#watching
  }

  async look(user: string): Promise<void> {
    const key = `state/avatars/${user}/avatar.json`
    const { revision, lineage } = await readPointer(this.#store, key)
    this.reads += 1
    const before = this.#seen.get(user)
    if (before && (revision < before.revision || lineage !== before.lineage)) {
      this.complaints.push(`${key} went from ${before.revision} of ${before.lineage} to ${revision} of ${lineage}`)
    }
    this.#seen.set(user, { revision, lineage })
  }

  async #watch(users: () => readonly string[]): Promise<void> {
    while (!this.#isOver) {
      for (const user of users()) {
        if (this.#isOver) return
        // A bucket that is away for a moment shows nothing; a pointer that is gone would be a complaint.
        await this.look(user).catch((error) => {
          if (StoreError.is(error, 'not-found')) this.complaints.push(`the pointer of ${user} is gone`)
        })
        await pause(PAUSE_MILLISECONDS)
      }
      await pause(PAUSE_MILLISECONDS)
    }
  }
}
