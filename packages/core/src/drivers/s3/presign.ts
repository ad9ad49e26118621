import type {
  DriverPresignOptions,
  DriverSignOptions,
  ObjectLocation,
  PresignedAttributes,
  PresignedUpload,
} from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { encodeMetadata } from '../../values/metadata-text.js'
import type { OpenS3, S3Connection } from './s3-connection.js'
import { loadSdk } from './s3-sdk.js'

type PresignPost = Extract<DriverPresignOptions, { kind: 'post' }>
type PresignPut = Extract<DriverPresignOptions, { kind: 'put' }>
type PresignPart = Extract<DriverPresignOptions, { kind: 'part' }>

export async function signedUrl(
  connection: S3Connection,
  at: ObjectLocation,
  options: DriverSignOptions,
): Promise<string> {
  const { sdk, signer } = await connection.open()
  const { getSignedUrl } = await loadSdk(() => import('@aws-sdk/s3-request-presigner'))
  const input = {
    Bucket: at.bucket,
    Key: at.key,
    ResponseContentType: options.responseContentType,
    ResponseContentDisposition: options.responseContentDisposition,
  }
  const command = options.method === 'GET' ? new sdk.GetObjectCommand(input) : new sdk.HeadObjectCommand(input)
  return getSignedUrl(signer, command, { expiresIn: options.expiresInSeconds })
}

/** An upload for a stranger, with everything pinned that the service can pin. */
export async function presignUpload(
  connection: S3Connection,
  at: ObjectLocation,
  options: DriverPresignOptions,
): Promise<PresignedUpload> {
  const opened = await connection.open()
  const expiresAt = await expiryOf(opened, options.expiresInSeconds)
  if (options.kind === 'post') return { ...(await presignPost(opened, at, options)), expiresAt }
  if (options.kind === 'put') return { ...(await presignPut(opened, at, options)), expiresAt }
  return { ...(await presignPart(opened, at, options)), expiresAt }
}

async function presignPost(opened: OpenS3, at: ObjectLocation, options: PresignPost) {
  // S3 puts the sender's file name in its place, and the key would be the sender's choice.
  const placeholder = '$' + '{filename}'
  if (at.key.includes(placeholder)) {
    throw new DriverError('invalid-key', `a form cannot upload to a key that holds "${placeholder}"`)
  }
  const { createPresignedPost } = await loadSdk(() => import('@aws-sdk/s3-presigned-post'))
  const Fields = {
    'Content-Type': options.contentType,
    ...metadataFields(options),
    ...(options.acl ? { acl: options.acl } : {}),
    // The redirect would win over the status.
    ...(options.successRedirect
      ? { success_action_redirect: options.successRedirect }
      : { success_action_status: '201' }),
  }
  // The policy pins the bucket, too; the form need not repeat it.
  const {
    url,
    fields: { bucket: _pinned, ...fields },
  } = await createPresignedPost(opened.signer, {
    Bucket: at.bucket,
    Key: at.key,
    Fields,
    Conditions: [['content-length-range', options.minBytes, options.maxBytes]],
    Expires: options.expiresInSeconds,
  })
  return { method: 'POST' as const, url, fields }
}

async function presignPut({ sdk, signer }: OpenS3, at: ObjectLocation, options: PresignPut) {
  const { getSignedUrl } = await loadSdk(() => import('@aws-sdk/s3-request-presigner'))
  const headers = {
    'content-type': options.contentType,
    ...metadataFields(options),
    ...(options.acl ? { 'x-amz-acl': options.acl } : {}),
    ...(options.mode === 'create' ? { 'if-none-match': '*' } : {}),
  }
  const command = new sdk.PutObjectCommand({
    Bucket: at.bucket,
    Key: at.key,
    ContentLength: options.contentLength,
    ContentType: options.contentType,
    Metadata: encodeMetadata(options.metadata ?? {}),
    ACL: options.acl,
    IfNoneMatch: options.mode === 'create' ? '*' : undefined,
  })
  const url = await getSignedUrl(signer, command, {
    expiresIn: options.expiresInSeconds,
    // The presigner leaves the type out of the signature unless it is named.
    signableHeaders: new Set(['host', 'content-length', ...Object.keys(headers)]),
    // In the query, not every service reads them.
    unhoistableHeaders: new Set(Object.keys(headers)),
  })
  return { method: 'PUT' as const, url, headers }
}

async function presignPart({ sdk, signer }: OpenS3, at: ObjectLocation, options: PresignPart) {
  const { getSignedUrl } = await loadSdk(() => import('@aws-sdk/s3-request-presigner'))
  const command = new sdk.UploadPartCommand({
    Bucket: at.bucket,
    Key: at.key,
    UploadId: options.uploadId,
    PartNumber: options.partNumber,
    ContentLength: options.contentLength,
  })
  const url = await getSignedUrl(signer, command, {
    expiresIn: options.expiresInSeconds,
    // Without a length there is none among the headers, so that the signature leaves it to the sender.
    signableHeaders: new Set(['host', 'content-length']),
  })
  return { method: 'PUT' as const, url, headers: {} }
}

function metadataFields({ metadata = {} }: PresignedAttributes): Record<string, string> {
  const entries = Object.entries(encodeMetadata(metadata)).map(([name, value]) => [`x-amz-meta-${name}`, value])
  return Object.fromEntries(entries)
}

/** Temporary credentials take what they signed with them when they expire. */
async function expiryOf({ signer }: OpenS3, seconds: number): Promise<Date> {
  const { expiration } = await signer.config.credentials()
  const asked = Date.now() + seconds * 1000
  return new Date(Math.min(asked, expiration?.getTime() ?? asked))
}
