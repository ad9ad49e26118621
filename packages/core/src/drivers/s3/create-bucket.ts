import type { Cancellable } from '../../contract/driver.js'
import type { CreatedBucket } from '../../contract/settings-driver.js'
import { DriverError } from '../../errors.js'
import type { S3Connection } from './s3-connection.js'
import { readFailure } from './s3-failure.js'

/**
 * Makes a bucket in the client's region, or finds out whose it is.
 *
 * It is looked for first: made again, an own bucket in AWS's oldest region would lose its access control list.
 */
export async function createBucket(
  connection: S3Connection,
  bucket: string,
  options: Cancellable,
): Promise<CreatedBucket> {
  const found = await lookFor(connection, bucket, options)
  if (found === 'absent') return make(connection, bucket, options)
  const isOwn = await isAmongOwn(connection, bucket, found, options)
  if (isOwn) return 'already-yours'
  throw taken()
}

async function make(connection: S3Connection, bucket: string, options: Cancellable): Promise<CreatedBucket> {
  try {
    // The SDK adds the region where S3 wants it.
    await connection.send((sdk) => new sdk.CreateBucketCommand({ Bucket: bucket }), options)
    return 'created'
  } catch (error) {
    const { name } = readFailure(error)
    if (name === 'BucketAlreadyOwnedByYou') return 'already-yours'
    throw name === 'BucketAlreadyExists' ? taken(error) : error
  }
}

async function lookFor(
  connection: S3Connection,
  bucket: string,
  options: Cancellable,
): Promise<'absent' | 'reachable' | 'closed'> {
  try {
    await connection.send((sdk) => new sdk.HeadBucketCommand({ Bucket: bucket }), options)
    return 'reachable'
  } catch (error) {
    const { status } = readFailure(error)
    if (status === 404) return 'absent'
    if (status === 403) return 'closed'
    throw error
  }
}

/** Where listing buckets is not allowed, one that can be reached counts as one's own. */
async function isAmongOwn(
  connection: S3Connection,
  bucket: string,
  found: 'reachable' | 'closed',
  { signal }: Cancellable,
): Promise<boolean> {
  let ContinuationToken: string | undefined
  try {
    do {
      const input = { Prefix: bucket, ContinuationToken }
      const page = await connection.send((sdk) => new sdk.ListBucketsCommand(input), { signal })
      if (page.Buckets?.some(({ Name }) => Name === bucket)) return true
      ContinuationToken = page.ContinuationToken
    } while (ContinuationToken)
    return false
  } catch (error) {
    if (found === 'reachable' && readFailure(error).status === 403) return true
    throw error
  }
}

function taken(cause?: unknown): DriverError {
  return new DriverError(
    'already-exists',
    'the name belongs to somebody else, and is one for all accounts of the service: choose another',
    { cause },
  )
}
