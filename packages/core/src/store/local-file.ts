import { randomBytes } from 'node:crypto'
import { constants, createWriteStream } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DriverError, type StoreErrorCode, show } from '../errors.js'
import { detectContentType, SNIFF_BYTES } from '../values/content-type.js'

/** A file that was opened for upload. Whoever does not read the stream to its end destroys it. */
export interface LocalFile {
  /** Its bytes as they are now. */
  readonly stream: Readable
  /** In bytes. */
  readonly length: number
  /** By content, else by name. */
  readonly contentType: string
}

/**
 * Opens a file for upload: its bytes as they are now, their number, and their type by content, else by name.
 *
 * @throws DriverError `not-found`, `permission-denied`, `invalid-argument` where it is no regular file
 */
export async function openLocalFile(file: string): Promise<LocalFile> {
  const handle = await openHandle(file)
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new DriverError('invalid-argument', `expected a regular file; ${show(file)} is none`)
    const head = Buffer.alloc(Math.min(SNIFF_BYTES, stat.size))
    await handle.read(head, 0, head.length, 0)
    const contentType = await detectContentType(file, head)
    return { stream: bytesUntil(handle, stat.size), length: stat.size, contentType }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** What is written behind the end meanwhile is not of it. */
function bytesUntil(handle: FileHandle, size: number): Readable {
  return size === 0 ? handle.createReadStream({ start: 0 }) : handle.createReadStream({ start: 0, end: size - 1 })
}

async function openHandle(file: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK a named pipe would hold this process until somebody writes into it.
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw explainLocal('read', file, error)
  }
}

/**
 * Writes a file as a whole or not at all, with the folders it needs.
 *
 * @throws DriverError `permission-denied`, `invalid-argument` where something else stands in its place, `unavailable` where
 *   the disk is full; and whatever ends `body`
 */
export async function writeLocalFile(file: string, body: Readable): Promise<void> {
  const partial = join(dirname(file), `.${basename(file).slice(0, 60)}.${randomBytes(6).toString('hex')}.partial`)
  try {
    await mkdir(dirname(file), { recursive: true })
    await writePartial(partial, file, body)
  } catch (error) {
    body.destroy()
    throw explainLocal('write', file, error)
  }
}

async function writePartial(partial: string, file: string, body: Readable): Promise<void> {
  try {
    await pipeline(body, createWriteStream(partial, { flags: 'wx' }))
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** What the local file system said, so that nobody looks for the fault at the storage service. */
function explainLocal(action: 'read' | 'write', file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DriverError || !('syscall' in error && 'code' in error))
    return error
  const [code, cure] = LOCAL_CAUSES[String(error.code)] ?? ['unknown', String(error.code)]
  return new DriverError(code, `cannot ${action} the local file ${show(file)}: ${cure}`, { cause: error })
}

const LOCAL_CAUSES: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  ENOENT: ['not-found', 'there is none'],
  EACCES: ['permission-denied', 'the file system refuses it to this process'],
  EPERM: ['permission-denied', 'the file system refuses it to this process'],
  EROFS: ['permission-denied', 'the file system is read-only'],
  ENOTDIR: ['invalid-argument', 'a file stands where a folder is needed'],
  EEXIST: ['invalid-argument', 'a file stands where a folder is needed'],
  EISDIR: ['invalid-argument', 'a folder stands in its place'],
  ENAMETOOLONG: ['invalid-argument', 'its name is too long for the file system'],
  ENOSPC: ['unavailable', 'the disk is full'],
  EMFILE: ['unavailable', 'this process has too many files open'],
}
