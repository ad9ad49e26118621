import { randomBytes } from 'node:crypto'
import type { BucketStore } from '@bucket-brigade/core'

/** The address of the bucket that somebody gave; credentials come from the environment, as the AWS SDK knows them. */
export function givenBucketUrl(): string {
  const url = process.env.TEST_BUCKET_URL ?? ''
  if (/^s3:\/\/[^/?]+(\?|$)/.test(url)) return url
  throw new Error(
    'expected TEST_BUCKET_URL to name a bucket, as in s3://my-bucket?region=eu-central-1; see docs/services.md',
  )
}

/** A prefix of the given bucket that nobody has used before; nothing beside it is touched. */
export function newPrefix(): string {
  return `bucket-brigade-test/${randomBytes(8).toString('hex')}/`
}

/** Removes every object and every unfinished upload below the store's prefix, and closes the store. */
export async function emptyAndClose(
  store: Pick<BucketStore, 'close' | 'deletePrefix' | 'prefix' | 'unfinishedUploads'> & {
    multipart(key: string, options: { readonly uploadId: string }): Promise<{ abort(): Promise<void> }>
  },
): Promise<void> {
  if (!store.prefix.startsWith('bucket-brigade-test/')) throw new Error('expected a store below a new prefix')
  try {
    for (const { key, uploadId } of await store.unfinishedUploads()) {
      const upload = await store.multipart(key, { uploadId })
      await upload.abort()
    }
    await store.deletePrefix('')
  } finally {
    await store.close()
  }
}
