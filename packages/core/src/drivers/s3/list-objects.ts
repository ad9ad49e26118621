import type { DriverListOptions, ListPage } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { quoteEtag } from './etag.js'
import type { S3Connection } from './s3-connection.js'

export async function listObjects(
  connection: S3Connection,
  bucket: string,
  prefix: string,
  { startAfter, delimiter, pageSize, cursor, signal }: DriverListOptions,
): Promise<ListPage> {
  const answer = await connection.send(
    (sdk) =>
      new sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        Delimiter: delimiter,
        MaxKeys: pageSize,
        StartAfter: startAfter,
        ContinuationToken: cursor,
        // XML cannot carry every character that a key may have.
        EncodingType: 'url',
      }),
    { signal },
  )
  connection.knownBuckets.add(bucket)
  const decode = keyDecoder(answer.EncodingType)
  const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0, ETag = '', LastModified = new Date(0) }) => ({
    key: decode(Key),
    size: Size,
    etag: quoteEtag(ETag),
    lastModified: LastModified,
  }))
  const prefixes = (answer.CommonPrefixes ?? []).map(({ Prefix = '' }) => decode(Prefix))
  if (!answer.IsTruncated) return { objects, prefixes }
  if (!answer.NextContinuationToken) {
    throw new DriverError('unsupported', 'this service cut the listing without saying how it goes on')
  }
  return { objects, prefixes, cursor: answer.NextContinuationToken }
}

/** Undoes `encoding-type=url`, for services that know it. */
export function keyDecoder(encodingType: string | undefined): (key: string) => string {
  return encodingType === 'url' ? (key) => decodeURIComponent(key.replaceAll('+', '%20')) : (key) => key
}
