import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { detectContentType, SNIFF_BYTES } from './content-type.js'
import { DriverError, show } from './errors.js'

export interface LocalFile {
  readonly stream: Readable
  readonly length: number
  readonly contentType: string
}

/**
 * Opens a file for upload: its bytes as they are now, their number, and their type by content, else by name.
 *
 * @throws DriverError `not-found`, `invalid-argument` where it is no regular file
 */
export async function openLocalFile(file: string): Promise<LocalFile> {
  const handle = await openHandle(file)
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new DriverError('invalid-argument', `expected a regular file; ${show(file)} is none`)
    const head = Buffer.alloc(Math.min(SNIFF_BYTES, stat.size))
    await handle.read(head, 0, head.length, 0)
    const contentType = await detectContentType(file, head)
    return { stream: handle.createReadStream({ start: 0 }), length: stat.size, contentType }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openHandle(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new DriverError('not-found', `there is no file ${show(file)}`, { cause: error })
    }
    throw error
  }
}

/** Writes a file as a whole or not at all, with the folders it needs. */
export async function writeLocalFile(file: string, body: Readable): Promise<void> {
  const partial = join(dirname(file), `.${basename(file).slice(0, 200)}.${randomBytes(6).toString('hex')}.partial`)
  try {
    await mkdir(dirname(file), { recursive: true })
    await pipeline(body, createWriteStream(partial, { flags: 'wx' }))
    await rename(partial, file)
  } catch (error) {
    body.destroy()
    await rm(partial, { force: true })
    throw error
  }
}
