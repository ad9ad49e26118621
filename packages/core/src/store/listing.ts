import type { DriverListOptions, ListPage, ObjectInfo } from '../contract/driver.js'
import type { DriverCalls } from './driver-calls.js'

/** Every object below a prefix, page by page, in UTF-8 byte order of the keys. Iterate it once or many times. */
export class ObjectListing implements AsyncIterable<ObjectInfo> {
  readonly #calls: DriverCalls
  readonly #prefix: string
  readonly #options: Omit<DriverListOptions, 'cursor'>

  constructor(calls: DriverCalls, prefix: string, options: Omit<DriverListOptions, 'cursor'>) {
    this.#calls = calls
    this.#prefix = prefix
    this.#options = options
  }

  /** One object after the other; a page is fetched when it is needed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ObjectInfo> {
    for await (const page of this.pages()) yield* page.objects
  }

  /** One request each. With a `delimiter`, `prefixes` holds the next level. */
  async *pages(): AsyncGenerator<ListPage> {
    const subject = { operation: 'list', key: this.#prefix, signal: this.#options.signal }
    let cursor: string | undefined
    do {
      const { startAfter, ...later } = this.#options
      const options = cursor === undefined ? this.#options : { ...later, cursor }
      const page = await this.#calls.run(subject, (driver) => driver.list(this.#calls.bucket, this.#prefix, options))
      page.objects.forEach(rememberListed)
      yield page
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  /** All objects at once: for listings that are known to be short. */
  async toArray(): Promise<ObjectInfo[]> {
    const objects: ObjectInfo[] = []
    for await (const object of this) objects.push(object)
    return objects
  }
}

const listed = new WeakSet<ObjectInfo>()

function rememberListed(info: ObjectInfo): void {
  listed.add(info)
}

/** True for the very entries that a listing gave: their keys are used as they are, whatever anybody wrote there. */
export function isListed(info: ObjectInfo): boolean {
  return listed.has(info)
}
