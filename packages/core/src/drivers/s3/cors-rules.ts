import type { CORSRule } from '@aws-sdk/client-s3'
import type { Cancellable } from '../../contract/driver.js'
import type { CorsRule } from '../../contract/settings-driver.js'
import { DriverError } from '../../errors.js'
import { mayPretend, readSettings, writeSettings } from './bucket-calls.js'
import type { S3Connection } from './s3-connection.js'

const MISSING =
  'this service has no call for CORS rules: set them where it is administered (Cloudflare R2: the bucket’s page, Settings, ' +
  'CORS policy; Backblaze B2: the bucket’s page, CORS rules, or `b2 bucket update --cors-rules`; MinIO: the environment ' +
  'variable MINIO_API_CORS_ALLOW_ORIGIN, a list of origins with commas)'
const UNSET = 'NoSuchCORSConfiguration'

export async function readCors(
  connection: S3Connection,
  bucket: string,
  { signal }: Cancellable,
): Promise<readonly CorsRule[]> {
  const answer = await readSettings(connection, (sdk) => new sdk.GetBucketCorsCommand({ Bucket: bucket }), {
    unset: UNSET,
    missing: MISSING,
    signal,
  })
  return (answer?.CORSRules ?? []).map(fromS3)
}

export async function writeCors(
  connection: S3Connection,
  bucket: string,
  rules: readonly CorsRule[],
  { signal }: Cancellable,
): Promise<void> {
  const call = { unset: UNSET, missing: MISSING, signal }
  if (rules.length === 0) {
    return writeSettings(connection, (sdk) => new sdk.DeleteBucketCorsCommand({ Bucket: bucket }), call)
  }
  const input = { Bucket: bucket, CORSConfiguration: { CORSRules: rules.map(toS3) } }
  await writeSettings(connection, (sdk) => new sdk.PutBucketCorsCommand(input), call)
  if (!(await mayPretend(connection))) return
  if ((await readCors(connection, bucket, { signal })).length === rules.length) return
  throw new DriverError('unsupported', `the service took the rules and keeps none; ${MISSING}`)
}

function fromS3(rule: CORSRule): CorsRule {
  return {
    id: rule.ID || undefined,
    origins: rule.AllowedOrigins ?? [],
    methods: rule.AllowedMethods ?? [],
    requestHeaders: rule.AllowedHeaders ?? [],
    exposedHeaders: rule.ExposeHeaders ?? [],
    maxAgeInSeconds: rule.MaxAgeSeconds,
  }
}

function toS3({ id, origins, methods, requestHeaders, exposedHeaders, maxAgeInSeconds }: CorsRule): CORSRule {
  return {
    ID: id,
    AllowedOrigins: [...origins],
    AllowedMethods: [...methods],
    AllowedHeaders: [...requestHeaders],
    ExposeHeaders: [...exposedHeaders],
    MaxAgeSeconds: maxAgeInSeconds,
  }
}
