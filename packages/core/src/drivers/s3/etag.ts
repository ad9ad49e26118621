import { createHash } from 'node:crypto'

/** An ETag with its quotes (RFC 9110, section 8.8.3): some answers come without. */
export function quoteEtag(etag: string): string {
  return /^(?:W\/)?"/.test(etag) ? etag : `"${etag}"`
}

export function unquoteEtag(etag: string): string {
  return etag.replace(/^"|"$/g, '')
}

/**
 * The ETag that S3 gives an object made of these parts: the MD5 of the parts' MD5s, and their number. Undefined where
 * the parts' ETags are no MD5s, as with encryption by KMS.
 */
export function multipartEtag(partEtags: readonly string[]): string | undefined {
  const digests = partEtags.map(unquoteEtag)
  if (!digests.every((digest) => /^[0-9a-f]{32}$/.test(digest))) return undefined
  return `"${createHash('md5')
    .update(Buffer.from(digests.join(''), 'hex'))
    .digest('hex')}-${digests.length}"`
}
