import type { DriverCopyOptions, ObjectAttributes, ObjectLocation } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { copyInParts } from './copy-parts.js'
import { copySourceFields, pinCopySource } from './copy-source.js'
import { quoteEtag } from './etag.js'
import type { S3Multipart } from './multipart.js'
import { attributeFields } from './object-attributes.js'
import { headObject } from './read-object.js'
import type { S3Connection } from './s3-connection.js'
import { readFailure } from './s3-failure.js'

/** S3 copies at most this much by one request. */
const MAX_COPY_BYTES = 5 * 1024 ** 3
const PART_BYTES = 128 * 1024 ** 2

/** Copies by one request, and in parts what is too large for that. */
export async function copyObject(
  connection: S3Connection,
  multipart: S3Multipart,
  from: ObjectLocation,
  to: ObjectLocation,
  options: DriverCopyOptions,
): Promise<{ readonly etag: string }> {
  try {
    return await copyAtOnce(connection, from, to, options)
  } catch (error) {
    const { status } = readFailure(error)
    if (status === 400 || status === 413) return copyLarge(connection, multipart, from, to, options, error)
    if (status !== 412) throw error
    throw new DriverError('precondition-failed', 'the source is no longer the version that was to be copied', {
      cause: error,
    })
  }
}

async function copyAtOnce(
  connection: S3Connection,
  from: ObjectLocation,
  to: ObjectLocation,
  options: DriverCopyOptions,
): Promise<{ readonly etag: string }> {
  const { acl, signal } = options
  const { attributes, sourceIfMatch } = await replacement(connection, from, to, options)
  const { service } = await connection.open()
  const { CopyObjectResult } = await connection.send(
    (sdk) => {
      const command = new sdk.CopyObjectCommand({
        Bucket: to.bucket,
        Key: to.key,
        ACL: acl,
        ...copySourceFields(from, sourceIfMatch),
        ...(attributes ? { MetadataDirective: 'REPLACE', ...attributeFields(attributes) } : {}),
      })
      return pinCopySource(command, service, sourceIfMatch)
    },
    { signal },
  )
  const etag = CopyObjectResult?.ETag
  return { etag: etag ? quoteEtag(etag) : (await headObject(connection, to, { signal })).etag }
}

/** Services name their refusal differently: whether the size is the reason, only the size tells. */
async function copyLarge(
  connection: S3Connection,
  multipart: S3Multipart,
  from: ObjectLocation,
  to: ObjectLocation,
  { attributes, acl, sourceIfMatch, signal }: DriverCopyOptions,
  refusal: unknown,
): Promise<{ readonly etag: string }> {
  const source = await headObject(connection, from, { ifMatch: sourceIfMatch, signal })
  if (source.size <= MAX_COPY_BYTES) throw refusal
  const plan = { source, partBytes: PART_BYTES, attributes: attributes ?? source, acl, signal }
  return copyInParts(connection, multipart, from, to, plan)
}

/** S3 refuses to copy an object to itself unchanged, so its own attributes are written once more. */
async function replacement(
  connection: S3Connection,
  from: ObjectLocation,
  to: ObjectLocation,
  { attributes, sourceIfMatch, signal }: DriverCopyOptions,
): Promise<{ readonly attributes: ObjectAttributes | undefined; readonly sourceIfMatch: string | undefined }> {
  if (attributes || from.key !== to.key || from.bucket !== to.bucket) return { attributes, sourceIfMatch }
  const head = await headObject(connection, from, { ifMatch: sourceIfMatch, signal })
  return { attributes: head, sourceIfMatch: head.etag }
}
