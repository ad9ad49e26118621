import { buffer } from 'node:stream/consumers'
import type { ObjectAttributes, StorageDriver } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { vi } from 'vitest'
import { Avatars } from '../avatars.js'

interface KeptObject {
  readonly key: string
  readonly bytes: Buffer
  readonly attributes: ObjectAttributes
  readonly lastModified: Date
}

/** What is in a bucket at a moment, to begin from there again and again. Wants `Date` to be faked. */
export class Snapshot {
  readonly #objects: readonly KeptObject[]
  readonly #takenAt = Date.now()

  private constructor(objects: readonly KeptObject[]) {
    this.#objects = objects
  }

  static async of(driver: StorageDriver): Promise<Snapshot> {
    const store = new Avatars(driver)
    const objects: KeptObject[] = []
    for await (const { key } of store.list()) {
      const { body, lastModified, contentType, cacheControl, metadata } = await store.get(key)
      const attributes = { contentType, cacheControl, metadata }
      objects.push({ key, bytes: await buffer(body), attributes, lastModified })
    }
    return new Snapshot(objects)
  }

  async restore(): Promise<MemoryDriver> {
    const driver = new MemoryDriver()
    const { bucket } = new Avatars(driver)
    for (const { key, bytes, attributes, lastModified } of this.#objects) {
      vi.setSystemTime(lastModified)
      await driver.put({ bucket, key }, { kind: 'bytes', bytes }, { attributes, mode: 'create' })
    }
    vi.setSystemTime(this.#takenAt)
    return driver
  }
}
