import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type {
  DriverBody,
  DriverPutOptions,
  ObjectLocation,
  UnfinishedUpload,
  UploadedPart,
} from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { compareKeys } from '../../keys/key-order.js'
import type { DiskAttributes } from './attributes-file.js'
import { type BucketFolder, checkStorable } from './bucket-folder.js'
import { ifThere, isErrno } from './disk-errors.js'
import { makeFolders } from './make-folders.js'
import { DROPPED_UPLOAD, makeFile, NEW_UPLOAD, writeBody } from './pending-file.js'

/*
 * An unfinished upload is a folder `uploads/<upload id>` of plain files, so any process may go on with it: `upload.json`, and
 * `part-<number>` with the bytes of a part and, after them, their MD5 digest. The digest is the part's ETag: bytes and ETag
 * come into place with one rename.
 */

interface Upload {
  readonly key: string
  readonly initiated: string
  readonly attributes: DiskAttributes
}

const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const PART_NAME = /^part-([1-9][0-9]*)$/
const DIGEST_BYTES = 16

export async function startUpload(folder: BucketFolder, key: string, options: DriverPutOptions): Promise<string> {
  checkStorable(key)
  options.signal?.throwIfAborted()
  const uploadId = randomUUID()
  const upload: Upload = {
    key,
    initiated: new Date().toISOString(),
    attributes: { ...options.attributes, acl: options.acl },
  }
  // A name that is no upload id, until everything is in it.
  const unready = join(folder.uploads, NEW_UPLOAD + uploadId)
  await makeFolders(unready)
  await writeFile(join(unready, 'upload.json'), JSON.stringify(upload), { flush: true })
  await rename(unready, join(folder.uploads, uploadId))
  return uploadId
}

/** What an upload was started with. @throws DriverError `not-found`, also where the id belongs to another key */
export async function openUpload(folder: BucketFolder, key: string, uploadId: string): Promise<Upload> {
  const upload = UPLOAD_ID.test(uploadId) ? await readUpload(folder, uploadId) : undefined
  if (upload?.key !== key) throw noUpload()
  return upload
}

/** Stores a part, or replaces it. */
export async function storePart(
  folder: BucketFolder,
  { key }: ObjectLocation,
  part: { readonly uploadId: string; readonly partNumber: number },
  body: DriverBody,
  signal: AbortSignal | undefined,
): Promise<{ readonly etag: string }> {
  await openUpload(folder, key, part.uploadId)
  const uploadFolder = join(folder.uploads, part.uploadId)
  const arriving = join(folder.pending, `${randomUUID()}.part`)
  const handle = await makeFile(arriving)
  try {
    const md5 = createHash('md5')
    await writeBody(handle, body, md5, signal)
    const digest = md5.digest()
    await handle.writeFile(digest)
    await handle.sync()
    await rename(arriving, join(uploadFolder, `part-${part.partNumber}`))
    return { etag: etagOfDigest(digest) }
  } catch (error) {
    await rm(arriving, { force: true })
    throw isErrno(error, 'ENOENT') ? noUpload() : error
  } finally {
    await handle.close()
  }
}

/** The parts of an upload, by number. */
export async function listUploadedParts(
  folder: BucketFolder,
  key: string,
  uploadId: string,
): Promise<readonly UploadedPart[]> {
  await openUpload(folder, key, uploadId)
  const parts: UploadedPart[] = []
  for (const name of (await ifThere(readdir(join(folder.uploads, uploadId)))) ?? []) {
    const number = PART_NAME.exec(name)?.[1]
    const part = number && (await describePart(folder, uploadId, Number(number)))
    if (part) parts.push(part)
  }
  return parts.sort((a, b) => a.partNumber - b.partNumber)
}

/** The bytes of an upload's parts one after the other, once all of them are known to be there. */
export async function joinParts(
  folder: BucketFolder,
  uploadId: string,
  parts: readonly Omit<UploadedPart, 'size'>[],
): Promise<DriverBody> {
  let length = 0
  for (const { partNumber, etag } of parts) {
    const part = await describePart(folder, uploadId, partNumber)
    if (part?.etag !== etag) {
      throw new DriverError('invalid-argument', `part ${partNumber} with that ETag was never uploaded`)
    }
    length += part.size
  }
  return { kind: 'stream', stream: Readable.from(readParts(folder, uploadId, parts), { objectMode: false }), length }
}

/** Forgets an upload at once for everybody, and then removes its parts. */
export async function dropUpload(folder: BucketFolder, key: string, uploadId: string): Promise<void> {
  const upload = UPLOAD_ID.test(uploadId) ? await readUpload(folder, uploadId) : undefined
  if (upload?.key !== key) return
  const dropped = join(folder.uploads, DROPPED_UPLOAD + uploadId)
  await ifThere(rename(join(folder.uploads, uploadId), dropped))
  await rm(dropped, { recursive: true, force: true })
}

export async function listUploads(folder: BucketFolder, prefix: string): Promise<readonly UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = []
  for (const uploadId of (await ifThere(readdir(folder.uploads))) ?? []) {
    const upload = UPLOAD_ID.test(uploadId) ? await readUpload(folder, uploadId) : undefined
    if (upload?.key.startsWith(prefix)) {
      found.push({ key: upload.key, uploadId, initiated: new Date(upload.initiated) })
    }
  }
  return found.sort((a, b) => compareKeys(a.key, b.key) || a.initiated.getTime() - b.initiated.getTime())
}

async function readUpload(folder: BucketFolder, uploadId: string): Promise<Upload | undefined> {
  const text = await ifThere(readFile(join(folder.uploads, uploadId, 'upload.json'), 'utf8'))
  return text === undefined ? undefined : (JSON.parse(text) as Upload)
}

async function describePart(
  folder: BucketFolder,
  uploadId: string,
  partNumber: number,
): Promise<UploadedPart | undefined> {
  const handle = await ifThere(open(partFile(folder, uploadId, partNumber), 'r'))
  if (handle === undefined) return undefined
  try {
    const size = await sizeOfPart(handle)
    const digest = Buffer.alloc(DIGEST_BYTES)
    await handle.read(digest, 0, DIGEST_BYTES, size)
    return { partNumber, etag: etagOfDigest(digest), size }
  } finally {
    await handle.close()
  }
}

async function* readParts(
  folder: BucketFolder,
  uploadId: string,
  parts: readonly Omit<UploadedPart, 'size'>[],
): AsyncGenerator<Buffer> {
  for (const { partNumber } of parts) {
    const handle = await ifThere(open(partFile(folder, uploadId, partNumber), 'r'))
    if (handle === undefined) throw noUpload()
    const size = await sizeOfPart(handle)
    if (size === 0) await handle.close()
    else yield* handle.createReadStream({ start: 0, end: size - 1 }) as AsyncIterable<Buffer>
  }
}

async function sizeOfPart(handle: FileHandle): Promise<number> {
  return (await handle.stat()).size - DIGEST_BYTES
}

function partFile(folder: BucketFolder, uploadId: string, partNumber: number): string {
  return join(folder.uploads, uploadId, `part-${partNumber}`)
}

function etagOfDigest(digest: Buffer): string {
  return `"${digest.toString('hex')}"`
}

function noUpload(): DriverError {
  return new DriverError('not-found', 'there is no such multipart upload')
}
