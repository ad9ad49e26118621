import type { KeyInput, ObjectInfo } from '@bucket-brigade/core'
import { isPrefix, type Place } from '../buckets/buckets.js'
import type { Task } from '../command.js'
import { UsageError } from '../errors.js'
import { selectionOf } from './selection.js'

/** An object, and its name relative to the prefix that was asked for. */
export interface ListedObject {
  readonly object: ObjectInfo
  /** What the store takes: the key that was typed, or the entry of the listing, whose key nobody may be able to type. */
  readonly input: KeyInput
  readonly name: string
}

/** What a place means: the object itself, or with `--recursive` everything below a prefix that is selected. */
export async function* objectsOf(place: Place, { input, signal }: Task): AsyncGenerator<ListedObject> {
  const { bucket, key } = place
  if (!isPrefix(place)) {
    const { size, etag, lastModified } = await bucket.store.head(key, { signal })
    yield { object: { key, size, etag, lastModified }, input: key, name: lastSegment(key) }
    return
  }
  requireRecursive(input.isSet('recursive'), key)
  const isMeant = selectionOf(input)
  for await (const object of bucket.store.list(key, { signal })) {
    const name = object.key.slice(key.length)
    if (isMeant(name.replace(/\/$/, ''))) yield { object, input: object, name }
  }
}

/** The same, for those who take them elsewhere: placeholders that consoles make for folders have no content, and no name there. */
export async function* namedObjectsOf(place: Place, task: Task): AsyncGenerator<ListedObject> {
  for await (const listed of objectsOf(place, task)) {
    if (listed.name !== '' && !listed.name.endsWith('/')) yield listed
  }
}

/** What an object is called below a prefix or in a folder that it is taken to. */
export function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

/** @throws UsageError */
export function requireRecursive(isRecursive: boolean, what: string): void {
  if (isRecursive) return
  throw new UsageError(
    `${what === '' ? 'the whole bucket' : what} stands for many: write --recursive (-r) to mean all of it`,
  )
}
