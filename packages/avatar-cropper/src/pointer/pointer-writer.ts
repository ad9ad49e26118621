import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type BucketStore, StoreError, type WriteMode } from '@bucket-brigade/core'
import { CropperError } from '../errors.js'
import { readWhole } from '../read-whole.js'
import { pointerKey } from '../users/names.js'
import { emptyPointer, type Pointer, type Transition } from './pointer.js'
import { decodePointer, encodePointer } from './pointer-codec.js'
import { type PointerWrites, privateAcl } from './write-rules.js'

/** A pointer as it was read. `etag` is absent where there is no pointer yet. */
export interface SeenPointer {
  readonly pointer: Pointer
  readonly etag: string | undefined
}

export interface PointerChangeOptions {
  /** What the caller has read already; spares one request. */
  readonly seen?: SeenPointer | undefined
  readonly signal?: AbortSignal | undefined
}

const MAX_ATTEMPTS = 60
const FIRST_PAUSE_MILLISECONDS = 20
const LONGEST_PAUSE_MILLISECONDS = 1000

/**
 * Reads and swaps the one object per user that is overwritten.
 *
 * A write that lost the race, or whose outcome nobody knows (a lost reply, a 5xx), is settled by reading again: the
 * transition finds its own work done and keeps what is there, or is applied to what is there now. A write that is still
 * on its way does no harm, since it names the version that it replaces.
 */
export class PointerWriter {
  readonly #store: BucketStore
  readonly #writes: PointerWrites

  constructor(store: BucketStore, writes: PointerWrites) {
    this.#store = store
    this.#writes = writes
  }

  async read(user: string, signal?: AbortSignal): Promise<SeenPointer> {
    return this.readAt(pointerKey(user), signal)
  }

  async readAt(key: string, signal?: AbortSignal): Promise<SeenPointer> {
    try {
      const { object, bytes } = await readWhole(() => this.#store.get(key, { signal }))
      return { pointer: decodePointer(bytes.toString(), key), etag: object.etag }
    } catch (error) {
      if (StoreError.is(error, 'not-found')) return { pointer: emptyPointer, etag: undefined }
      throw error
    }
  }

  /**
   * The pointer as it is, made where there is none yet, so that whoever replaces it later notices that it was deleted
   * meanwhile. `last-writer-wins` notices nothing, and makes none.
   *
   * @throws CropperError `pointer-conflict`
   */
  async open(user: string, signal?: AbortSignal): Promise<SeenPointer> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const seen = await this.read(user, signal)
      if (seen.etag !== undefined || this.#writes === 'last-writer-wins') return seen
      const made = await this.#swap(user, seen, { ...emptyPointer, revision: 1 }, signal)
      if (made) return made
      await pause(jittered(attempt), undefined, { signal })
    }
    throw conflict()
  }

  /**
   * Applies a change to whatever is there by then.
   *
   * @param transition Pure: it is called again for every version that is met. What it throws ends the change.
   * @throws CropperError `pointer-conflict` where others kept winning
   */
  async change<T>(
    user: string,
    transition: (pointer: Pointer) => Transition<T>,
    options: PointerChangeOptions = {},
  ): Promise<T> {
    return (await this.changeSeen(user, transition, options)).result
  }

  /** The same, and what is there afterwards. */
  async changeSeen<T>(
    user: string,
    transition: (pointer: Pointer) => Transition<T>,
    options: PointerChangeOptions = {},
  ): Promise<{ readonly result: T; readonly seen: SeenPointer }> {
    const { signal } = options
    let seen = options.seen ?? (await this.read(user, signal))
    for (let attempt = 0; ; attempt++) {
      const next = transition(seen.pointer)
      if (next.kind === 'keep') return { result: next.result, seen }
      if (attempt === MAX_ATTEMPTS) throw conflict()
      const written = await this.#swap(user, seen, next.pointer, signal)
      if (written) return { result: next.result, seen: written }
      await pause(jittered(attempt), undefined, { signal })
      seen = await this.read(user, signal)
    }
  }

  /**
   * Deletes the pointer, unless it was changed since it was seen. A service that may ignore conditions of deletes is
   * asked in two steps.
   */
  async drop(user: string, { etag }: SeenPointer, signal?: AbortSignal): Promise<void> {
    const key = pointerKey(user)
    try {
      await this.#store.delete(key, { ifMatch: etag, signal })
    } catch (error) {
      if (StoreError.is(error, 'precondition-failed', 'not-found')) return
      if (!StoreError.is(error, 'unsupported')) throw error
      if ((await this.read(user, signal)).etag === etag) await this.#store.delete(key, { signal })
    }
  }

  /** Undefined where another version was met, or where nobody knows: both are settled by reading again. */
  async #swap(
    user: string,
    seen: SeenPointer,
    next: Pointer,
    signal: AbortSignal | undefined,
  ): Promise<SeenPointer | undefined> {
    const { mode, pointer } = this.#replacement(seen, next)
    try {
      const { etag } = await this.#store.put(pointerKey(user), encodePointer(pointer, randomUUID()), {
        contentType: 'application/json',
        cacheControl: 'private, no-store',
        acl: privateAcl(this.#store),
        mode,
        signal,
      })
      return { pointer, etag }
    } catch (error) {
      if (StoreError.is(error, 'already-exists', 'precondition-failed', 'outcome-unknown')) return undefined
      throw error
    }
  }

  #replacement({ etag }: SeenPointer, pointer: Pointer): { readonly mode: WriteMode; readonly pointer: Pointer } {
    if (this.#writes === 'last-writer-wins') return { mode: 'overwrite', pointer }
    if (etag !== undefined) return { mode: { ifMatch: etag }, pointer }
    return { mode: 'create', pointer: { ...pointer, lineage: randomUUID() } }
  }
}

/** Anything from nothing to a pause that doubles, so that writers that met once do not meet again. */
function jittered(attempt: number): number {
  return Math.random() * Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** attempt)
}

function conflict(): CropperError {
  return new CropperError(
    'pointer-conflict',
    `${MAX_ATTEMPTS} attempts to change the avatar met another change each time: try again in a moment`,
  )
}
