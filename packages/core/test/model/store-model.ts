import type { ByteRange } from '../../src/contract/driver.js'
import type { Attributes, EtagChoice } from './actions.js'

export interface Version {
  readonly bytes: Buffer
  readonly etag: string
  readonly attributes: Attributes
}

const NEVER = '"00000000000000000000000000000000"'

/** What a store is, in the fewest words: names of versions. It is told the ETags that the real store gave. */
export class StoreModel {
  readonly #current = new Map<string, Version>()
  readonly #earlier = new Map<string, Version[]>()

  current(key: string): Version | undefined {
    return this.#current.get(key)
  }

  /** The ETag that an action means. A stale one is of another content: equal content may have an equal ETag. */
  etag(key: string, choice: EtagChoice): string {
    const current = this.#current.get(key)
    if (choice === 'current') return current?.etag ?? NEVER
    if (choice === 'never') return NEVER
    const stale = this.#earlier.get(key)?.findLast(({ bytes }) => current === undefined || !bytes.equals(current.bytes))
    return stale?.etag ?? NEVER
  }

  set(key: string, version: Version): void {
    this.delete(key)
    this.#current.set(key, version)
  }

  delete(key: string): void {
    const current = this.#current.get(key)
    if (current) this.#earlier.set(key, [...(this.#earlier.get(key) ?? []), current])
    this.#current.delete(key)
  }

  /** In the order of their UTF-8 bytes. */
  keys(prefix = '', startAfter?: string): string[] {
    return [...this.#current.keys()]
      .filter((key) => key.startsWith(prefix))
      .filter((key) => startAfter === undefined || Buffer.compare(Buffer.from(key), Buffer.from(startAfter)) > 0)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }

  /** One level: the objects on it, and the prefixes of what is deeper. */
  level(prefix: string): { readonly objects: string[]; readonly prefixes: string[] } {
    const keys = this.keys(prefix)
    const nextSlash = (key: string): number => key.indexOf('/', prefix.length)
    return {
      objects: keys.filter((key) => nextSlash(key) === -1),
      prefixes: [
        ...new Set(keys.filter((key) => nextSlash(key) !== -1).map((key) => key.slice(0, nextSlash(key) + 1))),
      ],
    }
  }
}

/** The bytes that a range means, or undefined where it begins past the end. */
export function cut(bytes: Buffer, range: ByteRange | undefined): Buffer | undefined {
  if (range === undefined) return bytes
  if ('suffix' in range) return bytes.subarray(Math.max(0, bytes.length - range.suffix))
  const { offset, length = bytes.length } = range
  const isPastEnd = length === 0 ? offset > bytes.length : offset > 0 && offset >= bytes.length
  return isPastEnd ? undefined : bytes.subarray(offset, offset + length)
}
