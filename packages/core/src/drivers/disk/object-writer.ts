import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { lstat, open, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Cancellable, DriverDeleteOptions, WriteMode } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { attributesText, type DiskAttributes, readAttributes } from './attributes-file.js'
import { type BucketFolder, checkStorable, isStorable } from './bucket-folder.js'
import { commit } from './claims.js'
import { ifThere, isErrno } from './disk-errors.js'
import { etagOf, isSettled, stampOf, waitForTick } from './file-version.js'
import { makeFolders } from './make-folders.js'
import { type PendingFile, pendingPath, restampPending } from './pending-file.js'

interface Version {
  readonly stats: BigIntStats
  readonly attributes: DiskAttributes
}

/** When a pending file may become the object. */
export interface StoreOptions extends Cancellable {
  readonly mode: WriteMode
  /** Told the attributes of what is at the key, while nobody else may change that; throws where it shall stay. */
  readonly check?: (current: DiskAttributes | undefined) => Promise<void>
}

/** Makes a pending file the object at a key, where the options allow that. The pending file is gone afterwards, whatever happens. */
export async function storePending(
  folder: BucketFolder,
  key: string,
  received: PendingFile,
  attributes: DiskAttributes,
  options: StoreOptions,
): Promise<{ readonly etag: string }> {
  let pending = received
  const prepare = async (): Promise<'claim'> => {
    const current = await statSettled(folder, key)
    await options.check?.(current?.attributes)
    checkMode(options.mode, current?.stats)
    if (current && stampOf(current.stats) === stampOf(pending.stats)) {
      pending = await restampPending(folder, pending, current.stats)
    }
    const kept = current?.attributes && { stats: current.stats, attributes: current.attributes }
    const text = attributesText(key, { stats: pending.stats, attributes }, kept)
    await writeFile(pendingPath(folder, pending.id, 'attributes'), text, { flush: true })
    if (current === undefined) await folder.makeParents(key)
    return 'claim'
  }
  try {
    await commit(folder, { id: pending.id, operation: 'put', key, prepare }, options.signal)
  } catch (error) {
    // Where the change happened nevertheless, these are in place already.
    await rm(pendingPath(folder, received.id, 'data'), { force: true })
    await rm(pendingPath(folder, received.id, 'attributes'), { force: true })
    throw error
  }
  await syncFolder(dirname(folder.fileOf(key))).catch((cause: unknown) => {
    throw new DriverError('outcome-unknown', 'the object is in place, but may not survive a power cut', { cause })
  })
  return { etag: etagOf(pending.stats) }
}

/** Checks early what would refuse a write in the end, so that a body is not received for nothing. */
export async function checkWritable(folder: BucketFolder, key: string, mode: WriteMode): Promise<void> {
  checkStorable(key)
  checkMode(mode, (await statSettled(folder, key))?.stats)
}

/** The ETag of what is at a key, where that was made of this upload in parts. */
export async function etagOfUpload(folder: BucketFolder, key: string, uploadId: string): Promise<string | undefined> {
  const current = await statSettled(folder, key)
  return current?.attributes?.uploadId === uploadId ? etagOf(current.stats) : undefined
}

/** Removes an object with its attributes and the folders that are empty without it. */
export async function removeObject(
  folder: BucketFolder,
  key: string,
  { ifMatch, signal }: DriverDeleteOptions,
): Promise<void> {
  if (!isStorable(key)) return
  const id = randomUUID()
  const root = pendingPath(folder, id, 'root')
  const prepare = async (): Promise<'claim' | 'skip'> => {
    const stats = await ifThere(folder.locate(key).then((file) => lstat(file)))
    if (!stats?.isFile()) return 'skip'
    if (ifMatch !== undefined) checkMode({ ifMatch }, (await statSettled(folder, key))?.stats)
    await makeRootLink(root)
    return 'claim'
  }
  // A bucket that is not there need not be made for a delete.
  if ((await ifThere(lstat(folder.root))) === undefined) return
  try {
    await commit(folder, { id, operation: 'delete', key, prepare }, signal)
    await folder.removeEmptyParents(key)
  } finally {
    await rm(root, { force: true })
  }
}

/** The object at a key as the next change will find it; its attributes only where this driver wrote it. */
async function statSettled(
  folder: BucketFolder,
  key: string,
): Promise<(Partial<Version> & Pick<Version, 'stats'>) | undefined> {
  for (;;) {
    const stats = await folder.statForWrite(key)
    if (stats === undefined) return undefined
    const attributes = await readAttributes(folder, key, stats)
    if (attributes !== undefined || isSettled(stats)) return { stats, attributes }
    await waitForTick()
  }
}

function checkMode(mode: WriteMode, current: BigIntStats | undefined): void {
  if (mode === 'create' && current) {
    throw new DriverError('already-exists', 'there is an object with this key already')
  }
  if (typeof mode !== 'object') return
  if (current === undefined) throw new DriverError('precondition-failed', 'it is not there')
  if (etagOf(current) !== mode.ifMatch) {
    throw new DriverError('precondition-failed', `its ETag is ${etagOf(current)}, not ${mode.ifMatch}`)
  }
}

async function makeRootLink(file: string): Promise<void> {
  const target = join('..', '..')
  await symlink(target, file).catch(async (error: unknown) => {
    if (isErrno(error, 'EEXIST')) return
    if (!isErrno(error, 'ENOENT')) throw error
    await makeFolders(dirname(file))
    await symlink(target, file)
  })
}

/** A rename survives a power cut once its folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await ifThere(open(folder, 'r'))
  if (handle === undefined) return
  try {
    await handle.sync()
  } catch (error) {
    // Some file systems can not sync a folder, and do not need to.
    if (!isErrno(error, 'EINVAL', 'ENOTSUP', 'EISDIR', 'EBADF')) throw error
  } finally {
    await handle.close()
  }
}
