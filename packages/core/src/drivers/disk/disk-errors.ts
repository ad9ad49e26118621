import type { Explanation } from '../../contract/driver.js'
import type { StoreErrorCode } from '../../errors.js'

/** True for an error of the operating system with one of these codes. */
export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** Resolves to undefined where there was no such file. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

const FULL = 'the disk is full: free some space, or raise the quota'
const BESIDE =
  'on disk a key can not be an object and the beginning of other keys at once ("a" beside "a/b"): use other names'
const REFUSED = 'the operating system refuses it: this user needs read and write permission in the bucket’s directory'
const HANDLES = 'too many files are open: read bodies to their end or destroy them, or raise the limit (ulimit -n)'

const CAUSES: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  ENOENT: ['not-found', 'there is no such object'],
  ENOTDIR: ['unsupported', BESIDE],
  EISDIR: ['unsupported', BESIDE],
  ENOTEMPTY: ['unsupported', BESIDE],
  EEXIST: ['unsupported', BESIDE],
  ENAMETOOLONG: ['unsupported', 'the key is too long for this file system: use a shorter one'],
  EILSEQ: ['unsupported', 'this file system can not hold a character of the key: use another one'],
  ELOOP: ['permission-denied', 'there is a symbolic link on the way, which the disk driver never follows'],
  EXDEV: ['unsupported', 'a bucket must be on one file system: mount nothing below its directory'],
  EACCES: ['permission-denied', REFUSED],
  EPERM: ['permission-denied', REFUSED],
  EROFS: ['permission-denied', 'the file system is mounted for reading only'],
  ENOSPC: ['unavailable', FULL],
  EDQUOT: ['unavailable', FULL],
  EFBIG: ['unsupported', 'the object is larger than this file system allows'],
  EMFILE: ['unavailable', HANDLES],
  ENFILE: ['unavailable', HANDLES],
  EIO: ['unavailable', 'the disk reports an input or output error: check it'],
  ESTALE: ['unavailable', 'the network file system lost a file handle: try again'],
  EBUSY: ['unavailable', 'the file is in use: try again'],
  ENOMEM: ['unavailable', 'the operating system is out of memory'],
}

/** The cause of an error of the operating system. Its own message names absolute paths, which stay on the server. */
export function explainErrno(error: unknown): Explanation {
  if (error instanceof Error && 'code' in error) {
    const known = CAUSES[String(error.code)]
    const call = 'syscall' in error ? ` in ${String(error.syscall)}` : ''
    if (known) return { code: known[0], message: known[1] }
    return { code: 'unknown', message: `the operating system reported ${String(error.code)}${call}` }
  }
  return { code: 'unknown', message: error instanceof Error ? error.message : String(error) }
}
