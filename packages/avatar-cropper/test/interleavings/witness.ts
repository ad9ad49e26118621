import type { DriverBody, StorageDriver } from '@bucket-brigade/core'
import { pointerKey } from '../../src/index.js'
import { avatarsOf, isBeingForgotten, MAX_OPERATIONS, MAX_PREVIOUS, type Pointer } from '../../src/pointer/pointer.js'
import { decodePointer } from '../../src/pointer/pointer-codec.js'
import { Avatars, bytesOf, keysOf } from '../avatars.js'
import { around } from '../faults.js'
import { USER } from './scenes.js'

const POINTER = pointerKey(USER)

/** Knows what is in a bucket at any moment, and throws where something is there that must never be. */
export class Witness {
  /** The bucket, observed. */
  readonly bucket: StorageDriver
  readonly #keys: Set<string>
  #pointer: Pointer | undefined
  /** The version before that one. */
  #last: Pointer | undefined
  readonly #orphansBefore: readonly string[]

  private constructor(bucket: StorageDriver, keys: readonly string[], pointer: Pointer | undefined) {
    this.#keys = new Set(keys)
    this.#pointer = pointer
    this.#last = pointer
    this.#orphansBefore = this.#orphans()
    this.bucket = around(bucket, {
      put: async (at, body, options) => {
        const written = await bucket.put(at, body, options)
        this.#keys.add(at.key)
        if (at.key === POINTER) this.#pointer = decodePointer(textOf(body), POINTER)
        return written
      },
      delete: async (at, options) => {
        await bucket.delete(at, options)
        this.#keys.delete(at.key)
        if (at.key === POINTER) this.#pointer = undefined
      },
      deleteMany: async (name, keys, options) => {
        const failures = await bucket.deleteMany(name, keys, options)
        for (const key of keys) this.#keys.delete(key)
        if (keys.includes(POINTER)) this.#pointer = undefined
        return failures
      },
    })
  }

  static async of(bucket: StorageDriver): Promise<Witness> {
    const store = new Avatars(bucket)
    const keys = await keysOf(store)
    const pointer = keys.includes(POINTER) ? decodePointer(String(await bytesOf(store, POINTER)), POINTER) : undefined
    return new Witness(bucket, keys, pointer)
  }

  /** What people can see, and what is kept, when everybody is through. A pointer that holds nothing says as much as none. */
  summary(): string {
    const { current = null, previous = [], removed = [], operations = [] } = this.#pointer ?? {}
    const ids = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id).join(', ')
    return [
      `current: ${current?.id}; previous: ${ids(previous)}`,
      `removed: ${ids(removed)}; operations: ${ids(operations)}`,
      `saves: ${this.#pointer && isBeingForgotten(this.#pointer) ? 'refused' : 'welcome'}`,
      ...[...this.#keys].filter((key) => key !== POINTER).sort(),
    ].join('\n')
  }

  /** What must hold then: nothing is left over but what a server that died had left before. */
  checkRest(): void {
    const left = this.#orphans().filter((key) => !this.#orphansBefore.includes(key))
    if (left.length > 0) throw new Error(`pictures are left that nothing names: ${left.join(', ')}`)
  }

  /** What must hold at any moment. */
  check(): void {
    this.#checkSuccession()
    const { operations = [], previous = [], removed = [] } = this.#pointer ?? {}
    const shown = this.#pointer ? avatarsOf(this.#pointer).map(({ id }) => id) : []
    const missing = this.#named().filter((key) => !this.#keys.has(key))
    if (missing.length > 0) throw new Error(`the pointer names what is not there: ${missing.join(', ')}`)
    if (new Set(shown).size < shown.length) throw new Error('an avatar is listed twice')
    if (removed.some(({ id }) => shown.includes(id))) throw new Error('an avatar is shown that was removed')
    if (new Set(operations.map(({ id }) => id)).size < operations.length) throw new Error('a save took effect twice')
    if (previous.length > MAX_PREVIOUS || operations.length > MAX_OPERATIONS) throw new Error('a list is too long')
  }

  /** Every version follows the one before it; only one that is being forgotten may go. */
  #checkSuccession(): void {
    const [last, next] = [this.#last, this.#pointer]
    this.#last = next
    if (!last || last === next) return
    if (next?.lineage !== last.lineage) {
      if (!isBeingForgotten(last)) throw new Error('a pointer went that was not being forgotten')
    } else if (next.revision !== last.revision + 1) {
      throw new Error(`revision ${next.revision} follows ${last.revision}`)
    }
  }

  #named(): readonly string[] {
    return this.#pointer ? avatarsOf(this.#pointer).flatMap(({ objects }) => objects.map(({ key }) => key)) : []
  }

  #orphans(): readonly string[] {
    const named = new Set(this.#named())
    return [...this.#keys].filter((key) => key.startsWith('uploads/') && !named.has(key))
  }
}

function textOf(body: DriverBody): string {
  if (body.kind === 'bytes') return Buffer.from(body.bytes).toString()
  throw new TypeError('expected a pointer to be written in one piece')
}
