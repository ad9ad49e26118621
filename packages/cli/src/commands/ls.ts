import { type ObjectInfo, StoreError } from '@bucket-brigade/core'
import { isPrefix, type Place } from '../buckets/buckets.js'
import type { Command, Task } from '../command.js'
import { EXIT } from '../exit-code.js'
import { headIfThere } from '../objects/if-there.js'
import { selectionOf, selectionOptions } from '../objects/selection.js'
import { plain } from '../output/plain.js'
import { bytesText, timeText } from '../output/quantities.js'

const SIZE_WIDTH = 8
const TIME_WIDTH = 19

export const ls: Command = {
  name: 'ls',
  summary: 'lists objects',
  details: 'Shows one level, or with -r everything, in the order of the keys. A pipe gets one key a line.',
  arguments: [{ name: '[place]', text: 'a prefix, a key, or an address (default: the whole bucket)' }],
  options: [
    { flags: '-r, --recursive', text: 'all levels' },
    { flags: '-l, --long', text: 'with size and time (UTC)' },
    ...selectionOptions,
  ],
  examples: ['brigade ls uploads/users/', 'brigade ls -rl uploads/ --include "*.jpg"', 'brigade ls -r | wc -l'],
  run: async (task) => {
    const { buckets, input } = task
    const place = await buckets.existingPlace(input.words[0] ?? '')
    // Where there is none, a prefix may be meant, whose slash people leave out.
    const object = isPrefix(place) ? undefined : await headIfThere(place.bucket.store, place.key, task.signal)
    if (object) await printObject(task, object)
    else await printBelow(task, isPrefix(place) ? place : { ...place, key: `${place.key}/` }, isPrefix(place))
    return EXIT.ok
  },
}

async function printBelow(task: Task, { bucket, key }: Place, mayBeEmpty: boolean): Promise<void> {
  const { input, signal } = task
  const isMeant = selectionOf(input)
  const level = input.isSet('recursive') ? {} : ({ delimiter: '/' } as const)
  let isEmpty = true
  for await (const { objects, prefixes } of bucket.store.list(key, { ...level, signal }).pages()) {
    // Both come in the order of keys, and are shown in one.
    const entries = [...objects, ...prefixes.map((prefix) => ({ key: prefix }))]
    entries.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    for (const entry of entries) {
      isEmpty = false
      if (!isMeant(entry.key.slice(key.length).replace(/\/$/, ''))) continue
      if ('size' in entry) await printObject(task, entry)
      else await printPrefix(task, entry.key)
    }
  }
  if (isEmpty && !mayBeEmpty) {
    const missing = key.slice(0, -1)
    const message = `there is neither an object ${plain(missing)} nor anything below ${plain(key)}`
    throw new StoreError('not-found', message, { operation: 'list', bucket: bucket.name, key: missing })
  }
}

async function printObject({ output, input }: Task, { key, size, etag, lastModified }: ObjectInfo): Promise<void> {
  const value = { key, bytes: size, etag, lastModified: lastModified.toISOString() }
  const columns = `${bytesText(size).padStart(SIZE_WIDTH)}  ${timeText(lastModified)}  `
  await output.result(value, (input.isSet('long') ? columns : '') + plain(key))
}

async function printPrefix({ output, input }: Task, prefix: string): Promise<void> {
  const columns = `${' '.repeat(SIZE_WIDTH)}  ${' '.repeat(TIME_WIDTH)}  `
  await output.result({ prefix }, (input.isSet('long') ? columns : '') + output.shade(plain(prefix), 'bold'))
}
