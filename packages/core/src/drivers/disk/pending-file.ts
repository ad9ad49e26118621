import { createHash, type Hash, randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { addAbortSignal } from 'node:stream'
import type { DriverBody } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import type { BucketFolder } from './bucket-folder.js'
import { ifThere, isErrno } from './disk-errors.js'
import { stampFile } from './file-version.js'
import { makeFolders } from './make-folders.js'

/** Bytes that are complete and on the disk, but at no key yet. */
export interface PendingFile {
  readonly id: string
  readonly stats: BigIntStats
}

export interface ReceiveOptions {
  readonly md5?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Beginnings of the names of upload folders that nobody may use: not ready yet, or on their way out. */
export const NEW_UPLOAD = 'new-'
export const DROPPED_UPLOAD = 'dropped-'

const ABANDONED_MILLISECONDS = 24 * 60 * 60 * 1000

/** Where the parts of a change wait: `data`, `attributes`, `root` (see claims.ts) and what became `void`. */
export function pendingPath(folder: BucketFolder, id: string, part: 'data' | 'attributes' | 'root' | 'void'): string {
  return join(folder.pending, `${id}.${part}`)
}

/** Writes a whole body to the disk, or leaves nothing. */
export async function receivePending(
  folder: BucketFolder,
  body: DriverBody,
  options: ReceiveOptions,
): Promise<PendingFile> {
  const id = randomUUID()
  const file = pendingPath(folder, id, 'data')
  const handle = await makeFile(file)
  try {
    const md5 = options.md5 === undefined ? undefined : createHash('md5')
    await writeBody(handle, body, md5, options.signal)
    if (md5 && md5.digest('hex') !== options.md5) throw integrity('the body does not have the given MD5 digest')
    const stats = await stampFile(handle)
    await handle.sync()
    return { id, stats }
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

/** Gives a pending file another modification time than `other` has. */
export async function restampPending(
  folder: BucketFolder,
  pending: PendingFile,
  other: BigIntStats,
): Promise<PendingFile> {
  const handle = await open(pendingPath(folder, pending.id, 'data'), 'r+')
  try {
    const stats = await stampFile(handle, other)
    await handle.sync()
    return { id: pending.id, stats }
  } finally {
    await handle.close()
  }
}

/** Writes a body, and its bytes into `digest`. @throws DriverError `integrity` where it has another length than announced */
export async function writeBody(
  handle: FileHandle,
  body: DriverBody,
  digest: Hash | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (body.kind === 'bytes') {
    signal?.throwIfAborted()
    digest?.update(body.bytes)
    return handle.writeFile(body.bytes, { signal })
  }
  if (signal) addAbortSignal(signal, body.stream)
  let size = 0
  for await (const chunk of body.stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > body.length) throw wrongLength(body.length, 'more')
    digest?.update(chunk)
    await handle.writeFile(chunk)
  }
  if (size < body.length) throw wrongLength(body.length, `only ${size}`)
}

/** Makes a file that must not be there yet, with the driver's folder it goes to. */
export async function makeFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx')
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error
    await makeFolders(dirname(file))
    return open(file, 'wx')
  }
}

/**
 * Removes what writers that died left behind: pending files, and uploads that were not ready yet or dropped already. A day is
 * longer than any upload in flight, whose file grows younger.
 */
export async function sweepPending(folder: BucketFolder): Promise<void> {
  await sweepFolder(folder.pending, () => true)
  await sweepFolder(folder.uploads, (name) => name.startsWith(NEW_UPLOAD) || name.startsWith(DROPPED_UPLOAD))
}

async function sweepFolder(path: string, isSwept: (name: string) => boolean): Promise<void> {
  for (const name of (await ifThere(readdir(path))) ?? []) {
    if (!isSwept(name)) continue
    const stats = await ifThere(lstat(join(path, name)))
    const isAbandoned = stats && Date.now() - stats.ctimeMs > ABANDONED_MILLISECONDS
    if (isAbandoned) await rm(join(path, name), { recursive: true, force: true })
  }
}

function wrongLength(length: number, came: string): DriverError {
  return integrity(`expected a body of ${length} bytes, ${came} came`)
}

function integrity(reason: string): DriverError {
  return new DriverError('integrity', `${reason}; nothing was stored`)
}
