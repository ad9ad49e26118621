import type { Cancellable } from '../../contract/driver.js'
import type { BucketSettingsDriver } from '../../contract/settings-driver.js'
import { DriverError } from '../../errors.js'
import { readSettings } from './bucket-calls.js'
import { readCors, writeCors } from './cors-rules.js'
import { createBucket } from './create-bucket.js'
import { readLifecycle, writeLifecycle } from './lifecycle-rules.js'
import { readOwnership, readPublicAccess, writePublicAccess } from './public-access.js'
import type { S3Connection } from './s3-connection.js'

/** What S3 and its relatives let one set of a bucket. */
export function bucketSettings(connection: S3Connection): BucketSettingsDriver {
  return {
    createBucket: (...given) => createBucket(connection, ...given),
    readCors: (...given) => readCors(connection, ...given),
    writeCors: (...given) => writeCors(connection, ...given),
    readLifecycle: (...given) => readLifecycle(connection, ...given),
    writeLifecycle: (...given) => writeLifecycle(connection, ...given),
    readPublicAccess: (...given) => readPublicAccess(connection, ...given),
    writePublicAccess: (...given) => writePublicAccess(connection, ...given),
    readOwnership: (...given) => readOwnership(connection, ...given),
    readLocation: (...given) => readLocation(connection, ...given),
  }
}

const NO_LOCATION = 'this service does not tell where a bucket is'

async function readLocation(connection: S3Connection, bucket: string, { signal }: Cancellable): Promise<string> {
  const { service } = await connection.open()
  const build = (sdk: typeof import('@aws-sdk/client-s3')) => new sdk.GetBucketLocationCommand({ Bucket: bucket })
  const { LocationConstraint } = (await readSettings(connection, build, { missing: NO_LOCATION, signal })) ?? {}
  if (LocationConstraint === 'EU') return 'eu-west-1'
  if (LocationConstraint) return LocationConstraint
  if (service === 'aws') return 'us-east-1'
  throw new DriverError('unsupported', NO_LOCATION)
}
