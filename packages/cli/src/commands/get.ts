import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isPrefix, type Place } from '../buckets/buckets.js'
import type { Command, Task } from '../command.js'
import { UsageError } from '../errors.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { doAll } from '../objects/bulk.js'
import { type ListedObject, namedObjectsOf } from '../objects/listed-objects.js'
import { fetchFile } from '../objects/local-file.js'
import { fileBelow, kindOf } from '../objects/local-tree.js'
import { transferOptions } from '../objects/transfer-options.js'

export const get: Command = {
  name: 'get',
  summary: 'downloads objects',
  details:
    'A file is there as a whole or not at all. What is below a prefix goes into the folder. "-" is standard output.',
  arguments: [
    { name: '<from>', text: 'a key, a prefix (ending in "/") or an address' },
    { name: '[to]', text: 'a file, a folder, or "-" (default: the current folder)' },
  ],
  options: transferOptions,
  examples: [
    'brigade get uploads/leo.jpg',
    'brigade get -r uploads/ ./backup --skip-existing',
    'brigade get state/avatars/654/avatar.json - | jq .current',
  ],
  run: async (task) => {
    const { input, buckets } = task
    const place = await buckets.existingPlace(input.word(0))
    const target = input.words[1] ?? '.'
    return target === '-' ? printObject(task, place) : getFiles(task, place, target)
  },
}

async function getFiles(task: Task, place: Place, target: string): Promise<ExitCode> {
  const { input, signal } = task
  const fileOf = await placing(place, target)
  const isResumed = input.isSet('skipExisting')
  return doAll<ListedObject>(task, {
    done: 'downloaded',
    items: () => namedObjectsOf(place, task),
    nameOf: ({ object }) => ({ from: object.key }),
    look: ({ object, name }) => ({ from: object.key, to: fileOf(name), bytes: object.size }),
    isThere: async ({ object, name }) => isResumed && (await sizeOf(fileOf(name))) === object.size,
    run: ({ input: from, name }, onBytes) => fetchFile(place, from, fileOf(name), { signal, onBytes }),
  })
}

/** Where a name goes: into the folder, or, for one object, to the file that was named. */
async function placing(place: Place, target: string): Promise<(name: string) => string> {
  const kind = await kindOf(target)
  if (isPrefix(place)) {
    if (kind === 'file')
      throw new UsageError(`expected a folder for what is below a prefix; ${JSON.stringify(target)} is a file`)
    return (name) => fileBelow(target, name)
  }
  const isFolder = kind === 'folder' || target.endsWith('/')
  return isFolder ? (name) => fileBelow(target, name) : () => join(target)
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await kindOf(file)) === 'file' ? (await stat(file)).size : undefined
}

async function printObject({ output, signal }: Task, place: Place): Promise<ExitCode> {
  if (isPrefix(place)) throw new UsageError('expected a key: one object goes to standard output')
  const { body } = await place.bucket.store.get(place.key, { signal })
  for await (const chunk of body) await output.bytes(chunk)
  return EXIT.ok
}
