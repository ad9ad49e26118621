import type { DriverBody, DriverPutOptions, ObjectLocation } from '../../contract/driver.js'
import type { ConditionalWriter } from './conditional-write.js'
import { quoteEtag } from './etag.js'
import { attributeFields } from './object-attributes.js'
import { headObject } from './read-object.js'
import { prepareBody, sendBody } from './request-body.js'
import type { S3Connection } from './s3-connection.js'

/** Stores a body in one request of announced length. */
export async function putObject(
  connection: S3Connection,
  writer: ConditionalWriter,
  at: ObjectLocation,
  given: DriverBody,
  { attributes, acl, mode, md5, signal }: DriverPutOptions,
): Promise<{ readonly etag: string }> {
  const body = await prepareBody(given, mode, signal)
  const ContentMD5 = md5 === undefined ? undefined : Buffer.from(md5, 'hex').toString('base64')
  const input = { Bucket: at.bucket, Key: at.key, ACL: acl, ContentMD5, ...attributeFields(attributes) }
  const plan = { at, mode, body: body.kind === 'bytes' ? 'replayable' : 'stream', signal } as const
  const { ETag } = await writer.write(plan, (conditions, { sends }) =>
    sendBody(body, signal, (fields, both) =>
      connection.send((sdk) => new sdk.PutObjectCommand({ ...input, ...conditions, ...fields }), {
        signal: both,
        sends,
        body: body.kind,
      }),
    ),
  )
  return { etag: ETag ? quoteEtag(ETag) : (await headObject(connection, at, { signal })).etag }
}
