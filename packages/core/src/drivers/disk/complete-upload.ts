import type { Cancellable, UploadedPart, WriteMode } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import type { DiskAttributes } from './attributes-file.js'
import type { BucketFolder } from './bucket-folder.js'
import { dropUpload, joinParts, openUpload } from './disk-multipart.js'
import { checkWritable, etagOfUpload, storePending } from './object-writer.js'
import { receivePending } from './pending-file.js'

/** An upload, and the parts of it that make the object. */
export interface FinishedUpload {
  readonly uploadId: string
  readonly parts: readonly Omit<UploadedPart, 'size'>[]
}

type CompleteOptions = Cancellable & { readonly mode: WriteMode }

/**
 * Makes the object out of the parts, once: of several that complete an upload at the same time, or after one that died before
 * it could forget the upload, the first makes the object and the others find it.
 *
 * @throws DriverError `not-found` where the upload is over, and its object was forgotten or replaced
 */
export async function completeUpload(
  folder: BucketFolder,
  key: string,
  upload: FinishedUpload,
  options: CompleteOptions,
): Promise<{ readonly etag: string }> {
  const { attributes } = await openUpload(folder, key, upload.uploadId)
  const etag = await makeObject(folder, key, upload, attributes, options).catch(async (error: unknown) => {
    options.signal?.throwIfAborted()
    if (error instanceof DriverError && error.code === 'outcome-unknown') throw error
    const made = await etagOfUpload(folder, key, upload.uploadId)
    if (made === undefined) throw error
    return made
  })
  await dropUpload(folder, key, upload.uploadId)
  return { etag }
}

async function makeObject(
  folder: BucketFolder,
  key: string,
  { uploadId, parts }: FinishedUpload,
  attributes: DiskAttributes,
  options: CompleteOptions,
): Promise<string> {
  await checkWritable(folder, key, options.mode)
  const pending = await receivePending(folder, await joinParts(folder, uploadId, parts), options)
  const check = async (current: DiskAttributes | undefined): Promise<void> => {
    if (current?.uploadId === uploadId) throw new DriverError('already-exists', 'this upload is complete already')
    await openUpload(folder, key, uploadId)
  }
  const { etag } = await storePending(folder, key, pending, { ...attributes, uploadId }, { ...options, check })
  return etag
}
