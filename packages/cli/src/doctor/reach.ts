import { randomBytes } from 'node:crypto'
import { StoreError } from '@bucket-brigade/core'
import { messageOf } from '../errors.js'
import { BeyondReach, type Finding, fail, note, ok } from './finding.js'
import type { Patient } from './patient.js'

const TRIPS = 5
const SLOW_MILLISECONDS = 150

/**
 * Whether there is a bucket that these credentials may look into.
 *
 * @throws BeyondReach where nothing else can be found out
 */
export async function checkReach({ bucket, signal }: Patient): Promise<Finding> {
  try {
    for await (const _page of bucket.store.list('', { pageSize: 1, signal }).pages()) break
    return ok('credentials', `the bucket ${bucket.name} answers, and may be listed`)
  } catch (error) {
    signal.throwIfAborted()
    const finding = reachFinding(error, bucket.name)
    if (finding.check === 'listing') return finding
    throw new BeyondReach(finding)
  }
}

function reachFinding(error: unknown, bucket: string): Finding {
  const saw = messageOf(error)
  const why = 'nothing else can be found out, and no server can work with this bucket'
  if (StoreError.is(error, 'bucket-not-found')) {
    return fail(
      'bucket',
      saw,
      why,
      `brigade bucket create "s3://${bucket}?region=…", or correct the name or the endpoint`,
    )
  }
  if (StoreError.is(error, 'unavailable')) {
    return fail('service', saw, why, 'correct the endpoint; look at the network, the proxy and the service')
  }
  if (isRefusal(error)) {
    return fail(
      'listing',
      saw,
      'without s3:ListBucket a missing object reads as forbidden, and sweep, forget and listings do not work',
      'put the policy that `brigade policy` prints on the user or role',
    )
  }
  if (StoreError.is(error, 'permission-denied')) {
    return fail('credentials', saw, why, 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or a role')
  }
  return fail('region', saw, why, 'write the region or the endpoint into the address: s3://bucket?region=…')
}

/** The credentials are known, and may not do this: others of their rights may suffice. */
function isRefusal(error: unknown): boolean {
  if (!StoreError.is(error, 'permission-denied')) return false
  return error.cause instanceof Error && error.cause.name === 'AccessDenied'
}

/** How long one small request takes. */
export async function checkRoundTrip({ bucket, signal }: Patient): Promise<Finding> {
  const times: number[] = []
  for (let trip = 0; trip < TRIPS; trip++) {
    const began = performance.now()
    try {
      await bucket.store.head(`tmp/probe/${randomBytes(16).toString('hex')}/absent`, { signal })
    } catch (error) {
      if (!StoreError.is(error, 'not-found', 'permission-denied')) throw error
    }
    times.push(performance.now() - began)
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(TRIPS / 2)] ?? 0
  const saw = `a small request takes ${median < 10 ? median.toFixed(1) : Math.round(median)} ms`
  if (median < SLOW_MILLISECONDS) return ok('round-trip', saw)
  return note(
    'round-trip',
    `${saw}; an avatar takes about twenty of them`,
    'run the servers in the region of the bucket',
  )
}

/** Where the bucket is, as the service says. */
export async function checkRegion({ bucket, signal }: Patient): Promise<Finding> {
  try {
    return ok('region', await bucket.store.settings.location({ signal }))
  } catch (error) {
    return setting('region', error, 's3:GetBucketLocation')
  }
}

/** A setting that cannot be read, for want of it or of the right. */
export function setting(check: string, error: unknown, right: string): Finding {
  if (StoreError.is(error, 'unsupported')) return note(check, error.message)
  if (StoreError.is(error, 'permission-denied')) {
    return note(check, `could not be read: ${right} is missing`, 'brigade policy --with doctor')
  }
  throw error
}
