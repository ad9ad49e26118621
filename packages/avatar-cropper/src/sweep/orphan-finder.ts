import type { ObjectInfo } from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { avatarsOf } from '../pointer/pointer.js'
import { headIfThere } from '../session/head-if-there.js'
import { RECIPE_MARK } from '../session/immutable-object.js'
import type { FinalKeys } from '../settings/layout.js'
import { pointerKeyOf } from '../users/names.js'

/** What `save` writes into the metadata of a picture: avatar id and edge. */
const MARK = /^[0-9a-f]{32}-\d{1,4}$/

/**
 * Tells saved pictures that nothing shows. Reads one pointer per user, as listings give one user after another, and
 * looks at each candidate.
 */
export class OrphanFinder {
  readonly #context: CropperContext
  readonly #finals: FinalKeys
  readonly #signal: AbortSignal | undefined
  #segment: string | undefined
  #named: ReadonlySet<string> | undefined

  constructor(context: CropperContext, finals: FinalKeys, signal: AbortSignal | undefined) {
    this.#context = context
    this.#finals = finals
    this.#signal = signal
  }

  /** False for everything that is not certainly this package's own, and certainly named by no pointer. */
  async isOrphan(object: ObjectInfo): Promise<boolean> {
    const segment = this.#finals.segmentOf(object.key)
    if (segment === undefined) return false
    const named = await this.#keysOf(segment)
    if (!named || named.has(object.key)) return false
    return this.#isMarked(object)
  }

  /** Undefined where the pointer cannot be read: then nobody knows. */
  async #keysOf(segment: string): Promise<ReadonlySet<string> | undefined> {
    if (segment === this.#segment) return this.#named
    this.#named = await this.#readKeys(segment)
    this.#segment = segment
    return this.#named
  }

  async #readKeys(segment: string): Promise<ReadonlySet<string> | undefined> {
    try {
      const { pointer } = await this.#context.pointers.readAt(pointerKeyOf(segment), this.#signal)
      return new Set(avatarsOf(pointer).flatMap(({ objects }) => objects.map(({ key }) => key)))
    } catch (error) {
      if (CropperError.is(error, 'pointer-corrupt')) return undefined
      throw error
    }
  }

  async #isMarked(object: ObjectInfo): Promise<boolean> {
    const there = await headIfThere(this.#context.store, object, { signal: this.#signal })
    return MARK.test(there?.metadata[RECIPE_MARK] ?? '')
  }
}
