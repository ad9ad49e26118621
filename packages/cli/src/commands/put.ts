import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { PutOptions } from '@bucket-brigade/core'
import { isPrefix, type Place } from '../buckets/buckets.js'
import type { Command, Task } from '../command.js'
import { UsageError } from '../errors.js'
import type { ExitCode } from '../exit-code.js'
import { doAll, type Finds } from '../objects/bulk.js'
import { counting } from '../objects/counting.js'
import { type IsThere, listedIsThere, nothingIsThere, objectIsThere } from '../objects/existing.js'
import { requireRecursive } from '../objects/listed-objects.js'
import { sendFile } from '../objects/local-file.js'
import { filesBelow, kindOf, type TreeWalk } from '../objects/local-tree.js'
import { selectionOf } from '../objects/selection.js'
import { Tally } from '../objects/tally.js'
import { transferOptions } from '../objects/transfer-options.js'

export const put: Command = {
  name: 'put',
  summary: 'uploads files',
  details:
    'What is in a folder goes below the prefix. Types are found out by content, else by name. "-" is standard input.',
  arguments: [
    { name: '<files...>', text: 'files and folders, and last the key, the prefix (ending in "/") or the address' },
  ],
  options: [
    ...transferOptions,
    { flags: '--type <media-type>', text: 'Content-Type (default: found out)' },
    { flags: '--cache-control <value>', text: 'Cache-Control' },
  ],
  examples: [
    'brigade put leo.jpg uploads/leo.jpg',
    'brigade put -r ./public uploads/ --exclude ".*" --skip-existing',
    'tar c ./site | brigade put - backups/site.tar --type application/x-tar',
  ],
  run: async (task) => {
    const [target = '', ...reversed] = task.input.words.toReversed()
    const sources = reversed.toReversed()
    if (sources.length === 0) throw new UsageError('expected files, and behind them where they go')
    const place = await task.buckets.place(target)
    return sources.includes('-') ? putStream(task, sources, place) : putFiles(task, sources, place)
  },
}

interface Upload {
  readonly path: string
  readonly key: string
}

async function putFiles(task: Task, sources: readonly string[], place: Place): Promise<ExitCode> {
  for (const source of sources) await checkSource(task, source, place, sources.length)
  const isThere = await existing(task, place)
  return doAll<Upload>(task, {
    done: 'uploaded',
    items: (finds) => uploadsOf(task, sources, place, finds),
    nameOf: ({ path, key }) => ({ from: path, to: key }),
    look: async ({ path, key }) => ({ from: path, to: key, bytes: (await stat(path)).size }),
    isThere: ({ key }, { bytes = 0 }) => isThere(key, bytes),
    run: ({ path, key }, onBytes) => sendFile(place, key, path, { ...putOptions(task), onBytes }),
  })
}

/** @throws UsageError before anything is done */
async function checkSource({ input }: Task, source: string, place: Place, count: number): Promise<void> {
  const kind = await kindOf(source)
  if (kind === 'nothing') throw new UsageError(`expected a file or a folder; there is no ${JSON.stringify(source)}`)
  if (kind === 'folder') requireRecursive(input.isSet('recursive'), source)
  if (isPrefix(place)) return
  if (kind === 'folder') throw new UsageError('expected a prefix, ending in "/", for what is in a folder')
  if (count > 1) throw new UsageError('expected a prefix, ending in "/", for several files')
}

async function* uploadsOf(
  { input }: Task,
  sources: readonly string[],
  place: Place,
  finds: Finds,
): AsyncGenerator<Upload> {
  const walk: TreeWalk = {
    isMeant: selectionOf(input),
    onLeftOut: (path) => finds.leftOut(path),
    onUnreadable: (path, error) => finds.failed({ from: path }, error),
  }
  for (const source of sources) {
    if ((await kindOf(source)) === 'folder') {
      for await (const { path, name } of filesBelow(source, walk)) yield { path, key: place.key + name }
    } else {
      yield { path: source, key: isPrefix(place) ? place.key + basename(source) : place.key }
    }
  }
}

async function existing({ input, signal }: Task, place: Place): Promise<IsThere> {
  if (!input.isSet('skipExisting')) return nothingIsThere
  const { store } = place.bucket
  return input.isSet('recursive') ? listedIsThere(store, place.key, signal) : objectIsThere(store, signal)
}

async function putStream(task: Task, sources: readonly string[], place: Place): Promise<ExitCode> {
  const { output, surroundings, signal } = task
  if (sources.length > 1) throw new UsageError('expected "-" alone: standard input is one object')
  if (isPrefix(place)) throw new UsageError('expected a key for what comes from standard input')
  const tally = new Tally(output, 'uploaded', surroundings.env)
  const body = counting(surroundings.stdin, tally.onBytes)
  await place.bucket.store.put(place.key, body, { ...putOptions(task), signal })
  await tally.finished({ from: '-', to: place.key, bytes: tally.passed })
  return tally.end()
}

function putOptions({ input, signal }: Task): PutOptions & Pick<Task, 'signal'> {
  const [contentType, cacheControl] = [input.text('type'), input.text('cacheControl')]
  return { signal, ...(contentType && { contentType }), ...(cacheControl && { cacheControl }) }
}
