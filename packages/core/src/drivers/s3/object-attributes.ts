import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import type { ObjectAttributes, ObjectHead } from '../../contract/driver.js'
import { decodeMetadata, encodeMetadata } from '../../values/metadata-text.js'
import { quoteEtag } from './etag.js'

/** Attributes as the SDK's commands name them. */
export function attributeFields(attributes: ObjectAttributes) {
  return {
    ContentType: attributes.contentType,
    CacheControl: attributes.cacheControl,
    ContentDisposition: attributes.contentDisposition,
    ContentEncoding: attributes.contentEncoding,
    Metadata: encodeMetadata(attributes.metadata ?? {}),
  }
}

type HeadFields = Pick<
  HeadObjectCommandOutput,
  | 'ETag'
  | 'LastModified'
  | 'Metadata'
  | 'Expiration'
  | 'ContentType'
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
>

export function headOf(key: string, size: number, answer: HeadFields): ObjectHead {
  return {
    key,
    size,
    etag: quoteEtag(answer.ETag ?? ''),
    lastModified: answer.LastModified ?? new Date(0),
    contentType: answer.ContentType,
    cacheControl: answer.CacheControl,
    contentDisposition: answer.ContentDisposition,
    contentEncoding: answer.ContentEncoding,
    metadata: decodeMetadata(answer.Metadata ?? {}),
    expiresAt: expiryOf(answer.Expiration),
  }
}

/** `x-amz-expiration: expiry-date="Fri, 21 Dec 2012 00:00:00 GMT", rule-id="tmp"` */
function expiryOf(header: string | undefined): Date | undefined {
  const date = /expiry-date="([^"]+)"/.exec(header ?? '')?.[1]
  const time = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(time) ? undefined : new Date(time)
}
