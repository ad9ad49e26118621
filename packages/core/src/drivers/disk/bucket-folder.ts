import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { lstat, mkdir, readdir, realpath, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DriverError, show } from '../../errors.js'
import { ifThere, isErrno } from './disk-errors.js'
import { fileInTheWay, makeFolders } from './make-folders.js'

/** The driver's own folder in each bucket. Keys below it are refused, and it is never listed. */
export const HIDDEN_FOLDER = '.brigade'

const MAX_SEGMENT_BYTES = 255
const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/

/**
 * Where one bucket's files are: objects at their keys, everything else below `.brigade`.
 *
 * No path that it hands out leads through a symbolic link below the bucket, so none leads out of it.
 */
export class BucketFolder {
  readonly root: string
  readonly pending: string
  readonly uploads: string

  constructor(directory: string, bucket: string) {
    if (!BUCKET_NAME.test(bucket)) {
      throw new DriverError(
        'invalid-argument',
        `expected a bucket name of at most 255 letters, digits, ".", "_" and "-" that starts with a letter or digit; received ${show(bucket)}`,
      )
    }
    this.root = join(resolve(directory), bucket)
    this.pending = join(this.root, HIDDEN_FOLDER, 'pending')
    this.uploads = join(this.root, HIDDEN_FOLDER, 'uploads')
  }

  /** Where the attributes of a key are kept, below the bucket's root. */
  attributesPath(key: string): string {
    const digest = digestOf(key)
    return join(HIDDEN_FOLDER, 'attributes', digest.slice(0, 2), digest.slice(2))
  }

  /** Keys share 256 sequences of claims, so that deleted keys leave nothing behind. */
  claimsFolder(key: string): string {
    return join(this.root, HIDDEN_FOLDER, 'claims', digestOf(key).slice(0, 2))
  }

  fileOf(key: string): string {
    return join(this.root, ...key.split('/'))
  }

  /**
   * The existing file or folder at a key.
   *
   * @throws ENOENT, ENOTDIR where there is none; DriverError `permission-denied` at a symbolic link, `invalid-argument`
   *   where a file is in the way of the bucket
   */
  async locate(key: string): Promise<string> {
    checkReach(key)
    const root = await realpath(this.root).catch((error: unknown) => {
      throw isErrno(error, 'ENOTDIR') ? fileInTheWay(error) : error
    })
    const expected = join(root, ...key.split('/'))
    checkSamePath(expected, await realpath(expected))
    return expected
  }

  /** What is at a key, unless nothing is or only empty folders are, which it removes. Not for reading: it is in no open file. */
  async statForWrite(key: string): Promise<BigIntStats | undefined> {
    try {
      const file = await this.locate(key)
      const stats = await lstat(file, { bigint: true })
      if (stats.isFile()) return stats
      if (stats.isDirectory() && (await removeEmptyTree(file))) return undefined
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined
      throw error
    }
    throw new DriverError(
      'unsupported',
      'on disk a key can not be an object and the beginning of other keys at once ("a" beside "a/b"), and something else than an object is here',
    )
  }

  /** Makes the folders above a key. They can be gone the next moment: whoever deletes removes empty ones. */
  async makeParents(key: string): Promise<void> {
    const root = await ifThere(realpath(this.root))
    if (root === undefined) await makeFolders(this.root)
    await makeFolder(root ?? (await realpath(this.root)), key.split('/').slice(0, -1))
  }

  /** Removes the folders above a key, as far as they are empty. */
  async removeEmptyParents(key: string): Promise<void> {
    for (let folder = dirname(this.fileOf(key)); folder !== this.root; folder = dirname(folder)) {
      try {
        await rmdir(folder)
      } catch (error) {
        if (isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) return
        throw error
      }
    }
  }
}

/** True where a key could be an object's on disk at all. */
export function isStorable(key: string): boolean {
  return key.split('/').every((segment) => Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES)
}

/** @throws DriverError `unsupported` for a key that no file can have */
export function checkStorable(key: string): void {
  checkReach(key)
  if (isStorable(key)) return
  throw new DriverError('unsupported', `on disk each segment of a key has at most ${MAX_SEGMENT_BYTES} bytes of UTF-8`)
}

/** The store parses keys; this is the last guard between a key and the file system, and for the driver's own folder. */
function checkReach(key: string): void {
  const segments = key.split('/')
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new DriverError('invalid-key', `expected a key without empty, "." and ".." segments; received ${show(key)}`)
  }
  if (segments[0]?.toLowerCase() === HIDDEN_FOLDER) {
    throw new DriverError('unsupported', `keys below ${show(`${HIDDEN_FOLDER}/`)} are the disk driver's own`)
  }
}

async function makeFolder(root: string, segments: readonly string[]): Promise<void> {
  const folder = join(root, ...segments)
  try {
    return checkSamePath(folder, await realpath(folder))
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  await makeFolder(root, segments.slice(0, -1))
  await mkdir(folder).catch(async (error: unknown) => {
    if (isErrno(error, 'EEXIST')) return checkNoLink(folder)
    // A delete removed the folder above: make it again.
    if (isErrno(error, 'ENOENT')) return makeFolder(root, segments)
    throw error
  })
}

async function checkNoLink(folder: string): Promise<void> {
  if ((await ifThere(lstat(folder)))?.isSymbolicLink()) throw refuseLink()
}

/**
 * Two spellings of one path mean a link, or a file system that takes different keys for the same.
 *
 * @param expected The key's path below the real root.
 * @param actual   Where the file system says that is.
 */
export function checkSamePath(expected: string, actual: string): void {
  if (actual === expected) return
  if (fold(actual) !== fold(expected)) throw refuseLink()
  throw new DriverError(
    'unsupported',
    'this file system takes keys that differ in case or Unicode normalisation for the same, and the other one is in use',
  )
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase()
}

function refuseLink(): DriverError {
  return new DriverError(
    'permission-denied',
    'there is a symbolic link on the way, which the disk driver never follows: replace it by what it points to',
  )
}

/** Removes a folder that holds nothing but folders. False where it holds anything else. */
async function removeEmptyTree(folder: string): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !(await removeEmptyTree(join(folder, entry.name)))) return false
  }
  try {
    await rmdir(folder)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return false
    throw error
  }
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
