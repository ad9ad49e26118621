import type { Cancellable, DriverPutOptions, ObjectHead, ObjectLocation } from '../../contract/driver.js'
import { inParallel } from '../../transfer/in-parallel.js'
import { partsBetween } from '../../transfer/parallel-read.js'
import { copySourceFields, pinCopySource } from './copy-source.js'
import { quoteEtag } from './etag.js'
import type { S3Multipart } from './multipart.js'
import { headObject } from './read-object.js'
import type { S3Connection } from './s3-connection.js'

const MAX_PARTS = 10_000
const PARTS_AT_A_TIME = 8
const ABORT_ATTEMPTS = 3

export interface PartsCopy extends Pick<DriverPutOptions, 'attributes' | 'acl' | 'signal'> {
  /** The version to copy. */
  readonly source: ObjectHead
  /** Bytes per part, 5 MiB to 5 GiB; larger where there would be more than 10000 parts. */
  readonly partBytes: number
}

/** Copies an object of any size inside the service, part by part, all of one version. */
export async function copyInParts(
  connection: S3Connection,
  multipart: S3Multipart,
  from: ObjectLocation,
  to: ObjectLocation,
  { source, partBytes, attributes, acl, signal }: PartsCopy,
): Promise<{ readonly etag: string }> {
  const uploadId = await multipart.create(to, { attributes, acl, mode: 'overwrite', signal })
  try {
    const size = Math.max(partBytes, Math.ceil(source.size / MAX_PARTS))
    const ranges = partsBetween(0, source.size, size).map((part, index) => ({ ...part, partNumber: index + 1 }))
    const parts: { readonly partNumber: number; readonly etag: string }[] = []
    await inParallel(ranges, { concurrency: PARTS_AT_A_TIME, signal }, async ({ partNumber, offset, length }, stop) => {
      const range = `bytes=${offset}-${offset + length - 1}`
      const etag = await copyPart(connection, from, to, { uploadId, partNumber, range, source }, { signal: stop })
      parts.push({ partNumber, etag })
    })
    // Not every service heeds the condition of a part's copy: whether all parts are of one version, this tells.
    await headObject(connection, from, { ifMatch: source.etag, signal })
    parts.sort((a, b) => a.partNumber - b.partNumber)
    return await multipart.complete(to, uploadId, parts, { mode: 'overwrite', signal })
  } catch (error) {
    // The lifecycle rule removes what could not be aborted now; the first error is the one to tell.
    await drop(multipart, to, uploadId).catch(() => {})
    throw error
  }
}

/** A part that was under way may arrive after the abort; a look shows it, and the next abort removes it. */
async function drop(multipart: S3Multipart, to: ObjectLocation, uploadId: string): Promise<void> {
  for (let tries = 1; tries <= ABORT_ATTEMPTS; tries++) {
    await multipart.abort(to, uploadId, {})
    await multipart.listParts(to, uploadId, {})
  }
}

interface PartCopy {
  readonly uploadId: string
  readonly partNumber: number
  readonly range: string
  readonly source: ObjectHead
}

async function copyPart(
  connection: S3Connection,
  from: ObjectLocation,
  to: ObjectLocation,
  { uploadId, partNumber, range, source }: PartCopy,
  options: Cancellable,
): Promise<string> {
  const { service } = await connection.open()
  const { CopyPartResult } = await connection.send((sdk) => {
    const command = new sdk.UploadPartCopyCommand({
      Bucket: to.bucket,
      Key: to.key,
      UploadId: uploadId,
      PartNumber: partNumber,
      CopySourceRange: range,
      ...copySourceFields(from, source.etag),
    })
    return pinCopySource(command, service, source.etag)
  }, options)
  return quoteEtag(CopyPartResult?.ETag ?? '')
}
