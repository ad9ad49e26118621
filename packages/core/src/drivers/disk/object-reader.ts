import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Acl, DriverGetOptions, DriverHeadOptions, ObjectHead, StoredObject } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { cutRange } from '../../values/byte-range.js'
import { detectContentType, SNIFF_BYTES } from '../../values/content-type.js'
import { type DiskAttributes, readAttributes } from './attributes-file.js'
import { type BucketFolder, isStorable } from './bucket-folder.js'
import { ifThere } from './disk-errors.js'
import { etagOf, isSettled, waitForTick } from './file-version.js'

/** An object's head with the access control list that it was stored with, for whoever serves it over HTTP. */
export interface DiskObjectHead extends ObjectHead {
  readonly acl?: Acl | undefined
}

/** An opened object, with what only files know. */
export interface DiskObject extends StoredObject {
  readonly acl?: Acl | undefined
}

interface OpenObject {
  readonly handle: FileHandle
  readonly head: DiskObjectHead
}

export async function readHead(folder: BucketFolder, key: string, options: DriverHeadOptions): Promise<DiskObjectHead> {
  const { handle, head } = await openObject(folder, key, options.signal)
  await handle.close()
  checkConditions(head.etag, options)
  return head
}

export async function readObject(folder: BucketFolder, key: string, options: DriverGetOptions): Promise<DiskObject> {
  const { handle, head } = await openObject(folder, key, options.signal)
  try {
    checkConditions(head.etag, options)
    const range = cutRange(options.range, head.size)
    return { ...head, range: options.range && range, body: await openBody(handle, range, options.signal) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openBody(
  handle: FileHandle,
  { offset, length }: { readonly offset: number; readonly length: number },
  signal: AbortSignal | undefined,
): Promise<Readable> {
  if (length > 0) return handle.createReadStream({ start: offset, end: offset + length - 1, signal })
  await handle.close()
  return Readable.from([], { objectMode: false })
}

/** Opens one version: bytes, ETag and attributes belong together, whatever is written meanwhile. */
async function openObject(folder: BucketFolder, key: string, signal: AbortSignal | undefined): Promise<OpenObject> {
  for (;;) {
    signal?.throwIfAborted()
    const file = isStorable(key) ? await ifThere(folder.locate(key)) : undefined
    if (file === undefined) throw notFound()
    const handle = await ifThere(open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK))
    if (handle === undefined) continue
    try {
      const stats = await handle.stat({ bigint: true })
      if (!stats.isFile()) throw notFound()
      const attributes =
        (await readAttributes(folder, key, stats)) ?? (await rebuildAttributes(handle, file, key, stats))
      if (attributes !== undefined) return { handle, head: headOf(key, stats, attributes) }
    } catch (error) {
      await handle.close()
      throw error
    }
    await handle.close()
  }
}

/** The attributes of a file that other hands put there or changed. Undefined where it is not at its key any more, or still changing. */
async function rebuildAttributes(
  handle: FileHandle,
  file: string,
  key: string,
  stats: BigIntStats,
): Promise<DiskAttributes | undefined> {
  if (!isSettled(stats)) {
    await waitForTick()
    return undefined
  }
  const start = Buffer.alloc(Math.min(SNIFF_BYTES, Number(stats.size)))
  const { bytesRead } = await handle.read(start, 0, start.length, 0)
  const contentType = await detectContentType(key, start.subarray(0, bytesRead))
  // Only what is still in place was made by other hands: anything else is a version whose attributes were replaced with it.
  const present = await ifThere(lstat(file, { bigint: true }))
  return present && etagOf(present) === etagOf(stats) ? { contentType } : undefined
}

function headOf(key: string, stats: BigIntStats, attributes: DiskAttributes): DiskObjectHead {
  const { contentType, cacheControl, contentDisposition, contentEncoding, metadata = {}, acl } = attributes
  return {
    key,
    size: Number(stats.size),
    etag: etagOf(stats),
    lastModified: stats.mtime,
    contentType,
    cacheControl,
    contentDisposition,
    contentEncoding,
    metadata,
    acl,
  }
}

function checkConditions(etag: string, { ifMatch, ifNoneMatch }: DriverHeadOptions): void {
  if (ifMatch !== undefined && ifMatch !== etag) {
    throw new DriverError('precondition-failed', `its ETag is ${etag}, not ${ifMatch}`)
  }
  if (ifNoneMatch === etag) throw new DriverError('precondition-failed', `its ETag is still ${ifNoneMatch}`)
}

function notFound(): DriverError {
  return new DriverError('not-found', 'there is no such object')
}
