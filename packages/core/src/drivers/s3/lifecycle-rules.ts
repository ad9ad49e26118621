import type { LifecycleRule as S3Rule } from '@aws-sdk/client-s3'
import type { Cancellable } from '../../contract/driver.js'
import type { LifecycleRule } from '../../contract/settings-driver.js'
import { DriverError } from '../../errors.js'
import { mayPretend, readSettings, writeSettings } from './bucket-calls.js'
import type { S3Connection } from './s3-connection.js'

const MISSING =
  'this service has no call for lifecycle rules: set them where it is administered, or sweep what is temporary from time to time'
const UNSET = 'NoSuchLifecycleConfiguration'

export async function readLifecycle(
  connection: S3Connection,
  bucket: string,
  options: Cancellable,
): Promise<readonly LifecycleRule[]> {
  return (await readConfiguration(connection, bucket, options)).rules
}

export async function writeLifecycle(
  connection: S3Connection,
  bucket: string,
  rules: readonly LifecycleRule[],
  { signal }: Cancellable,
): Promise<void> {
  const call = { unset: UNSET, missing: MISSING, signal }
  if (rules.length === 0) {
    return writeSettings(connection, (sdk) => new sdk.DeleteBucketLifecycleCommand({ Bucket: bucket }), call)
  }
  // Left out, AWS would set it back to its default.
  const { leastSize } = await readConfiguration(connection, bucket, { signal })
  const input = {
    Bucket: bucket,
    LifecycleConfiguration: { Rules: rules.map(toS3) },
    TransitionDefaultMinimumObjectSize: leastSize,
  }
  await writeSettings(connection, (sdk) => new sdk.PutBucketLifecycleConfigurationCommand(input), call)
  if (!(await mayPretend(connection))) return
  if ((await readLifecycle(connection, bucket, { signal })).length === rules.length) return
  throw new DriverError('unsupported', `the service took the rules and does not keep them; ${MISSING}`)
}

async function readConfiguration(connection: S3Connection, bucket: string, { signal }: Cancellable) {
  const answer = await readSettings(
    connection,
    (sdk) => new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: bucket }),
    { unset: UNSET, missing: MISSING, signal },
  )
  return { rules: (answer?.Rules ?? []).map(fromS3), leastSize: answer?.TransitionDefaultMinimumObjectSize }
}

function fromS3(rule: S3Rule): LifecycleRule {
  const { ID, Status, Prefix, Filter, Expiration, AbortIncompleteMultipartUpload, ...others } = rule
  const { Prefix: prefix = Filter?.And?.Prefix ?? Prefix ?? '', ...conditions } = Filter ?? {}
  const { Days, ...moments } = Expiration ?? {}
  const isPlain = [others, conditions, moments].every(isEmpty)
  return {
    id: ID || undefined,
    status: Status === 'Enabled' ? 'enabled' : 'disabled',
    prefix,
    scope: isEmpty(conditions) ? 'prefix' : 'narrower',
    expiresAfterDays: Days,
    abortsUploadsAfterDays: AbortIncompleteMultipartUpload?.DaysAfterInitiation,
    // A prefix beside the filter is of an older form, which S3 refuses beside the newer one.
    ...(isPlain ? {} : { native: Filter ? rule : { ...rule, Prefix: undefined, Filter: { Prefix: prefix } } }),
  }
}

/** Of what a service wrote: absent fields, and `false` for what is not wanted, say nothing. */
function isEmpty(fields: object): boolean {
  return Object.values(fields).every((value) => value === undefined || value === false)
}

function toS3({ id, status, prefix, expiresAfterDays, abortsUploadsAfterDays, native }: LifecycleRule): S3Rule {
  // What came out of `fromS3` is a rule of S3.
  if (native !== undefined) return native as S3Rule
  return {
    ID: id,
    Status: status === 'enabled' ? 'Enabled' : 'Disabled',
    Filter: { Prefix: prefix },
    ...(expiresAfterDays === undefined ? {} : { Expiration: { Days: expiresAfterDays } }),
    ...(abortsUploadsAfterDays === undefined
      ? {}
      : { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortsUploadsAfterDays } }),
  }
}
