import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { PutOptions } from '@bucket-brigade/core'
import { boundFile, counting } from '../buckets/bound-file.js'
import { isPrefix, type Place } from '../buckets/buckets.js'
import type { Command, Task } from '../command.js'
import { UsageError } from '../errors.js'
import type { ExitCode } from '../exit-code.js'
import { type IsThere, listedIsThere, nothingIsThere, objectIsThere } from '../objects/existing.js'
import { requireRecursive } from '../objects/listed-objects.js'
import { filesBelow, kindOf, type TreeFile } from '../objects/local-tree.js'
import { selectionOf } from '../objects/selection.js'
import { Tally } from '../objects/tally.js'
import { concurrencyOf, transferOptions } from '../objects/transfer-options.js'
import { workThrough } from '../objects/work-through.js'

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

interface Upload extends TreeFile {
  readonly key: string
}

async function putFiles(task: Task, sources: readonly string[], place: Place): Promise<ExitCode> {
  const { output, surroundings, input, signal } = task
  const tally = new Tally(output, 'uploaded', surroundings.env)
  const isThere = await existing(task, place)
  const options = { concurrency: concurrencyOf(input), signal }
  const work = async ({ path, key, bytes }: Upload): Promise<void> => {
    const handled = { from: path, to: key, bytes }
    if (await isThere(key, bytes)) {
      await tally.skipped(handled)
      return
    }
    await boundFile(place, key, path, { signal, onBytes: tally.onBytes }).send(putOptions(task))
    await tally.finished(handled)
  }
  await workThrough(uploadsOf(task, sources, place), options, work, ({ path, key }, error) =>
    tally.failed({ from: path, to: key }, error),
  )
  return tally.end()
}

async function* uploadsOf({ input }: Task, sources: readonly string[], place: Place): AsyncGenerator<Upload> {
  const isMeant = selectionOf(input)
  for (const source of sources) {
    const kind = await kindOf(source)
    if (kind === 'nothing') throw new UsageError(`expected a file or a folder; there is no ${JSON.stringify(source)}`)
    if (kind === 'folder') {
      requireRecursive(input.isSet('recursive'), source)
      if (!isPrefix(place)) throw new UsageError('expected a prefix, ending in "/", for what is in a folder')
      for await (const file of filesBelow(source, isMeant)) yield { ...file, key: place.key + file.name }
    } else {
      const name = basename(source)
      if (!isPrefix(place) && sources.length > 1)
        throw new UsageError('expected a prefix, ending in "/", for several files')
      yield {
        path: source,
        name,
        bytes: (await stat(source)).size,
        key: isPrefix(place) ? place.key + name : place.key,
      }
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

function putOptions({ input, signal }: Task): PutOptions {
  const [contentType, cacheControl] = [input.text('type'), input.text('cacheControl')]
  return { signal, ...(contentType && { contentType }), ...(cacheControl && { cacheControl }) }
}
