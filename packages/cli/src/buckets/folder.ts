import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '@bucket-brigade/core'
import { isNothingThere, UsageError } from '../errors.js'

/** The folder of one bucket of a `file:` address; undefined for all other services. */
export function folderOf(service: string, bucket: string): string | undefined {
  return service.startsWith('file:') ? join(directoryOf(service), bucket) : undefined
}

/** The bucket of a `file:` address that names none: the only one that is there. */
export async function onlyFolder(service: string): Promise<string> {
  const entries = await readdir(directoryOf(service), { withFileTypes: true }).catch(() => [])
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  const [only] = folders
  if (only !== undefined && folders.length === 1) return only
  const found = folders.length === 0 ? 'there is none in that folder' : `there are ${folders.join(', ')}`
  throw new UsageError(`expected the address to name a bucket, as in file:./data?bucket=my-bucket; ${found}`)
}

/** Whether there is no such folder. What else keeps anybody out of it is told by the driver. */
export async function isMissing(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory()
  } catch (error) {
    return isNothingThere(error)
  }
}

/**
 * The driver makes folders as it writes, and reads one that is not there as empty: a mistyped path would look like a bucket
 * in which all is in order.
 *
 * @throws StoreError `bucket-not-found`
 */
export async function requireFolder(path: string, bucket: string): Promise<void> {
  if (!(await isMissing(path))) return
  const message = `expected a bucket that is there; there is no folder ${path}: correct the address, or make it with \`brigade bucket create\``
  throw new StoreError('bucket-not-found', message, { operation: 'list', bucket })
}

function directoryOf(service: string): string {
  const path = decodeURIComponent(service.slice('file:'.length))
  return path.startsWith('///') ? path.slice(2) : path
}
