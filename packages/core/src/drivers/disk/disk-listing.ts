import type { Dirent } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DriverListOptions, ListPage, ObjectInfo } from '../../contract/driver.js'
import { compareKeys } from '../../keys/key-order.js'
import { type BucketFolder, HIDDEN_FOLDER } from './bucket-folder.js'
import { ifThere } from './disk-errors.js'
import { etagOf, isSettled, waitForTick } from './file-version.js'

/** At most twice as many names of one folder are held at a time. */
const BATCH_NAMES = 2000
const LOOKUPS_AT_ONCE = 32

interface Window {
  readonly after: string
  readonly prefix: string
  readonly signal?: AbortSignal | undefined
}

/** One page of a bucket's objects, read from its folders: neither an index nor the rest of the bucket is held in memory. */
export async function listPage(folder: BucketFolder, prefix: string, options: DriverListOptions): Promise<ListPage> {
  const objects: ObjectInfo[] = []
  const prefixes: string[] = []
  let last: string | undefined
  for await (const found of walk(folder, prefix, options)) {
    if (objects.length + prefixes.length === options.pageSize) return { objects, prefixes, cursor: last }
    if (typeof found === 'string') prefixes.push(found)
    else objects.push(found)
    last = typeof found === 'string' ? found : found.key
  }
  return { objects, prefixes }
}

/** Objects and, with a delimiter, prefixes, in byte order, after the cursor. */
async function* walk(
  folder: BucketFolder,
  prefix: string,
  { cursor, startAfter, delimiter, signal, pageSize }: DriverListOptions,
): AsyncGenerator<ObjectInfo | string> {
  const window = { after: cursor ?? startAfter ?? '', prefix, signal }
  const base = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  // Refuses the driver's own folder, and a prefix that leads through a link.
  if (base !== '' && (await ifThere(folder.locate(base.slice(0, -1)))) === undefined) return
  const keys = delimiter ? oneLevel(folder, base, window) : allLevels(folder, base, window)
  let together: string[] = []
  for await (const key of keys) {
    together.push(key)
    if (together.length < Math.min(pageSize, LOOKUPS_AT_ONCE)) continue
    yield* await lookUp(folder, together, window.after)
    together = []
  }
  yield* await lookUp(folder, together, window.after)
}

/** What is at these keys now, without those that hold nothing. */
async function lookUp(
  folder: BucketFolder,
  keys: readonly string[],
  after: string,
): Promise<readonly (ObjectInfo | string)[]> {
  const found = await Promise.all(
    keys.map(async (key) => {
      if (!key.endsWith('/')) return infoOf(folder, key)
      return compareKeys(key, after) > 0 && (await holdsFile(join(folder.root, key))) ? key : undefined
    }),
  )
  return found.filter((item) => item !== undefined)
}

async function* allLevels(folder: BucketFolder, base: string, window: Window): AsyncGenerator<string> {
  for await (const key of oneLevel(folder, base, window)) {
    if (key.endsWith('/')) yield* allLevels(folder, key, window)
    else yield key
  }
}

/**
 * The files and folders in one folder, in byte order of the keys: a folder's name ends in `/` here, so it sorts as the
 * keys below it do. Left out is what holds nothing in the window.
 */
async function* oneLevel(folder: BucketFolder, base: string, window: Window): AsyncGenerator<string> {
  const { after, prefix, signal } = window
  let last: string | undefined
  const isWanted = (key: string): boolean =>
    key.startsWith(prefix) &&
    (compareKeys(key, after) > 0 || (key.endsWith('/') && after.startsWith(key))) &&
    (last === undefined || compareKeys(key, last) > 0)
  for (;;) {
    signal?.throwIfAborted()
    const { keys, isAll } = await smallestKeys(folder, base, isWanted)
    yield* keys
    if (isAll) return
    last = keys.at(-1)
  }
}

/** The first keys of a folder among those wanted, found without holding all of them. */
async function smallestKeys(
  folder: BucketFolder,
  base: string,
  isWanted: (key: string) => boolean,
): Promise<{ readonly keys: readonly string[]; readonly isAll: boolean }> {
  const kept: string[] = []
  let isAll = true
  const cut = (): void => {
    kept.sort(compareKeys)
    if (kept.length <= BATCH_NAMES) return
    kept.length = BATCH_NAMES
    isAll = false
  }
  for await (const entry of entriesOf(join(folder.root, base))) {
    const key = keyOf(base, entry)
    if (key === undefined || !isWanted(key)) continue
    if (kept.push(key) === 2 * BATCH_NAMES) cut()
  }
  cut()
  return { keys: kept, isAll }
}

async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  const directory = await ifThere(opendir(path, { bufferSize: 512 }))
  if (directory !== undefined) yield* directory
}

/** Undefined for what is no object's: links, devices, the driver's own folder, and names that are not UTF-8. */
function keyOf(base: string, entry: Dirent): string | undefined {
  if (entry.name.includes('\uFFFD') || (base === '' && entry.name.toLowerCase() === HIDDEN_FOLDER)) return undefined
  if (entry.isDirectory()) return `${base}${entry.name}/`
  return entry.isFile() ? base + entry.name : undefined
}

/** Undefined where the object was deleted meanwhile. */
async function infoOf(folder: BucketFolder, key: string): Promise<ObjectInfo | undefined> {
  const file = join(folder.root, key)
  let stats = await ifThere(lstat(file, { bigint: true }))
  // Times that this driver sets are whole microseconds: they need no wait, or a listing during writes would take long.
  if (stats && !isSettled(stats) && stats.mtimeNs % 1000n !== 0n) {
    await waitForTick()
    stats = await ifThere(lstat(file, { bigint: true }))
  }
  if (!stats?.isFile()) return undefined
  return { key, size: Number(stats.size), etag: etagOf(stats), lastModified: stats.mtime }
}

/** Empty folders are none of the objects' prefixes. */
async function holdsFile(path: string): Promise<boolean> {
  for await (const entry of entriesOf(path)) {
    if (entry.isFile() || (entry.isDirectory() && (await holdsFile(join(path, entry.name))))) return true
  }
  return false
}
