import { lstat, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DriverError } from '../../errors.js'
import { ifThere, isErrno } from './disk-errors.js'

/**
 * Makes a folder, and those above it. Node's own way to do so says of a file system that is mounted for reading only that
 * there is no such file.
 *
 * @throws DriverError `invalid-argument` where a file, or a link that leads nowhere, is in the way
 */
export async function makeFolders(folder: string): Promise<void> {
  const above = dirname(folder)
  try {
    return await makeFolder(folder)
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || above === folder) throw error
  }
  await makeFolders(above)
  // Once only: some file systems, as /proc, say for ever that what is above is not there.
  await makeFolder(folder)
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (isErrno(error, 'EEXIST') && (await isFolder(folder))) return
    throw isErrno(error, 'EEXIST', 'ENOTDIR') ? fileInTheWay(error) : error
  }
}

async function isFolder(path: string): Promise<boolean> {
  return ((await ifThere(stat(path))) ?? (await lstat(path))).isDirectory()
}

/** The bucket itself cannot be where it should: no key is to blame. */
export function fileInTheWay(cause: unknown): DriverError {
  return new DriverError(
    'invalid-argument',
    'the directory of the bucket, or one above it, is a file, or a symbolic link that leads nowhere: correct the directory',
    { cause },
  )
}
