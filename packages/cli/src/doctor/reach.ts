import { randomBytes } from 'node:crypto'
import { StoreError } from '@bucket-brigade/core'
import { isMissing } from '../buckets/folder.js'
import { messageOf } from '../errors.js'
import { brokenNameRule } from '../policies/bucket-name.js'
import { BeyondReach, type Finding, fail, note, ok } from './finding.js'
import type { Patient } from './patient.js'
import type { Remedies } from './remedies.js'

const TRIPS = 5
const SLOW_MILLISECONDS = 150

/**
 * Whether there is a bucket that these credentials may look into.
 *
 * @throws BeyondReach where nothing else can be found out
 */
export async function checkReach(patient: Patient): Promise<Finding> {
  const { bucket, signal } = patient
  try {
    for await (const _page of bucket.store.list('', { pageSize: 1, signal }).pages()) break
    if (bucket.folder !== undefined && (await isMissing(bucket.folder))) {
      return note('bucket', `there is no folder ${bucket.folder}: the first object makes it`, MISTYPED)
    }
    return ok('credentials', `the bucket ${bucket.name} answers, and may be listed`)
  } catch (error) {
    signal.throwIfAborted()
    const finding = reachFinding(patient, error)
    if (finding.check === 'listing') return finding
    throw new BeyondReach(finding)
  }
}

const MISTYPED = 'where there should be one, correct the address'
const WHY = 'nothing else can be found out, and no server can work with this bucket'

function reachFinding({ bucket: { name }, remedies }: Patient, error: unknown): Finding {
  const saw = messageOf(error)
  if (StoreError.is(error, 'bucket-not-found')) {
    const rule = brokenNameRule(name)
    if (rule !== undefined) return fail('bucket', `${saw}; the name ${rule}`, WHY, 'choose a name that S3 allows')
    return fail('bucket', saw, WHY, 'create it, or correct the name or the endpoint', remedies.brigade('bucket create'))
  }
  if (StoreError.is(error, 'permission-denied')) return refusal(error, remedies)
  if (StoreError.is(error, 'invalid-argument') && /\bregion\b/.test(saw)) {
    const cure = `write the region into the address, as in s3://${name}?region=eu-central-1, or set AWS_REGION`
    return fail('region', saw, WHY, cure)
  }
  return fail('service', saw, WHY, 'correct the endpoint; look at the network, the proxy and the service')
}

function refusal(error: StoreError, remedies: Remedies): Finding {
  const [saw, name] = [messageOf(error), error.cause instanceof Error ? error.cause.name : '']
  // The credentials are known, and may not do this: others of their rights may suffice.
  if (name === 'AccessDenied') {
    return fail(
      'listing',
      saw,
      'without s3:ListBucket a missing object reads as forbidden, and sweep, forget and listings do not work',
      'put the policy that this prints on the user or role',
      remedies.brigade('policy'),
    )
  }
  if (name === 'RequestTimeTooSkewed') return fail('clock', saw, WHY, "set this machine's clock by NTP")
  const cure = EXPIRED.includes(name)
    ? 'fetch new credentials, as by `aws sso login`, and set AWS_SESSION_TOKEN with them'
    : 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or a role that this service knows'
  return fail('credentials', saw, WHY, cure)
}

const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'InvalidToken']

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
export async function checkRegion(patient: Patient): Promise<Finding> {
  const { bucket, signal } = patient
  try {
    return ok('region', await bucket.store.settings.location({ signal }))
  } catch (error) {
    return setting(patient, 'region', error, 's3:GetBucketLocation')
  }
}

/** A setting that cannot be read, for want of it or of the right. */
export function setting({ remedies }: Patient, check: string, error: unknown, right: string): Finding {
  if (StoreError.is(error, 'unsupported')) return note(check, error.message)
  if (StoreError.is(error, 'permission-denied')) {
    const cure = 'grant the rights that this prints'
    return note(check, `could not be read: ${right} is missing`, cure, remedies.brigade('policy', '--with', 'doctor'))
  }
  throw error
}
