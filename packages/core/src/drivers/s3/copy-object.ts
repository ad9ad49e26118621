import type { CopyObjectCommand } from '@aws-sdk/client-s3'
import type { DriverCopyOptions, ObjectAttributes, ObjectLocation } from '../../driver.js'
import { DriverError } from '../../errors.js'
import { encodeKey } from '../../object-key.js'
import { quoteEtag } from './etag.js'
import { isHttpRequest } from './http-request.js'
import { attributeFields } from './object-attributes.js'
import { headObject } from './read-object.js'
import type { S3Connection } from './s3-connection.js'
import { readFailure } from './s3-failure.js'

export async function copyObject(
  connection: S3Connection,
  from: ObjectLocation,
  to: ObjectLocation,
  options: DriverCopyOptions,
): Promise<{ readonly etag: string }> {
  const { acl, signal } = options
  const { attributes, sourceIfMatch } = await replacement(connection, from, to, options)
  const { service } = await connection.open()
  try {
    const { CopyObjectResult } = await connection.send(
      (sdk) => {
        const command = new sdk.CopyObjectCommand({
          Bucket: to.bucket,
          Key: to.key,
          CopySource: `${from.bucket}/${encodeKey(from.key)}`,
          CopySourceIfMatch: sourceIfMatch,
          ACL: acl,
          ...(attributes ? { MetadataDirective: 'REPLACE', ...attributeFields(attributes) } : {}),
        })
        if (service === 'other' && sourceIfMatch) repeatCondition(command, sourceIfMatch)
        return command
      },
      { signal },
    )
    const etag = CopyObjectResult?.ETag
    return { etag: etag ? quoteEtag(etag) : (await headObject(connection, to, { signal })).etag }
  } catch (error) {
    if (readFailure(error).status !== 412) throw error
    throw new DriverError('precondition-failed', 'the source is no longer the version that was to be copied', {
      cause: error,
    })
  }
}

/** Ceph RGW (measured: 16.2) reads the condition under a name of its own, and ignores that of S3. */
function repeatCondition(command: CopyObjectCommand, etag: string): void {
  command.middlewareStack.add(
    (next) => (args) => {
      if (isHttpRequest(args.request)) args.request.headers['x-amz-copy-if-match'] = etag
      return next(args)
    },
    { name: 'repeatCondition', step: 'build' },
  )
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
