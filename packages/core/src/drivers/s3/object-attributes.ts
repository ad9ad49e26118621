import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import type { ObjectAttributes, ObjectHead } from '../../driver.js'
import { quoteEtag } from './etag.js'
import { decodeMetadata, encodeMetadata } from './metadata-text.js'

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
  'ETag' | 'LastModified' | 'Metadata' | 'ContentType' | 'CacheControl' | 'ContentDisposition' | 'ContentEncoding'
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
  }
}
