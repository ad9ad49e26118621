import { randomBytes } from 'node:crypto'
import { StoreError } from '@bucket-brigade/core'
import { type Finding, fail, note, ok } from './finding.js'
import { isShown, narrowing, opening, type Remedy } from './openness.js'
import { type Answer, addressOf, ask, type Patient } from './patient.js'

const CONTENT = 'written by brigade doctor, and removed again\n'
const ATTRIBUTES = { contentType: 'text/plain' } as const

/**
 * What strangers can and cannot read: a signed address works, what is public is where it is said to be, and neither
 * `tmp/` nor `state/` nor the listing is anybody's. Writes three small objects, and removes them.
 */
export async function checkStrangers(patient: Patient): Promise<readonly Finding[]> {
  const { bucket, signal } = patient
  const { store } = bucket
  const mark = randomBytes(16).toString('hex')
  const keys = {
    tmp: `tmp/probe/${mark}/stranger`,
    state: `state/brigade-doctor-${mark}`,
    uploads: `uploads/brigade-doctor-${mark}.txt`,
  }
  const reach = addressOf(() => bucket.driver.publicUrl({ bucket: bucket.name, key: `${store.prefix}${keys.tmp}` }))
  if (reach === undefined) {
    const cure =
      bucket.kind === 'disk' ? 'say where diskObjects() answers: --base-url, with BRIGADE_SECRETS' : undefined
    return [note('strangers', 'objects have no addresses here: nobody outside can ask for them', cure)]
  }
  const privately = { ...ATTRIBUTES, acl: store.acl === undefined ? 'none' : 'private', signal } as const
  try {
    await store.put(keys.tmp, CONTENT, privately)
    await store.put(keys.state, CONTENT, privately)
    await store.put(keys.uploads, CONTENT, { ...ATTRIBUTES, signal })
    return [
      await checkSigned(patient, keys.tmp),
      await checkPublicBase(patient, keys.uploads),
      await checkPrivate(patient, 'private-tmp', keys.tmp),
      await checkPrivate(patient, 'private-state', keys.state),
      await checkListing(patient, reach, `${store.prefix}${keys.tmp}`),
    ]
  } finally {
    // Where the right is missing, the finding about deletes has said so.
    for (const key of Object.values(keys)) await store.delete(key).catch(() => undefined)
  }
}

async function checkSigned(patient: Patient, key: string): Promise<Finding> {
  const address = await patient.bucket.store.signedUrl(key, { expiresInSeconds: 120 }).catch((error: unknown) => {
    if (StoreError.is(error, 'unsupported', 'invalid-argument')) return undefined
    throw error
  })
  if (address === undefined) return note('signed-get', 'there are no signed addresses here')
  if (!/^https?:/.test(address)) return note('signed-get', 'the address is relative to the application')
  const answer = await ask(patient, address)
  const { origin } = new URL(address)
  if (!answer) {
    return note(
      'signed-get',
      `${origin}, which browsers are sent to, cannot be reached from here`,
      'run this where browsers are, or set BUCKET_BROWSER_ENDPOINT',
    )
  }
  if (answer.status === 200 && answer.body === CONTENT) return ok('signed-get', `a signed address works at ${origin}`)
  return fail(
    'signed-get',
    `${origin} answers a signed address with HTTP ${answer.status}`,
    'previews, and pictures of a private bucket, are not shown',
    'let the browser-facing endpoint pass the Host header and the query to the service unchanged, or set BUCKET_BROWSER_ENDPOINT to an origin that does',
  )
}

async function checkPublicBase(patient: Patient, key: string): Promise<Finding> {
  const { bucket } = patient
  const address = addressOf(() => bucket.store.publicUrl(key))
  if (!isShown(patient))
    return note(
      'public-base',
      'not tried: pictures are shown by signed addresses',
      'where they are public, set BUCKET_PUBLIC_URL',
    )
  if (address === undefined || !/^https?:/.test(address))
    return note('public-base', 'the address is relative to the application')
  const answer = await ask(patient, address)
  const { origin } = new URL(address)
  if (answer?.status === 200 && answer.body === CONTENT)
    return ok('public-base', `${origin} shows what is below uploads/`)
  const saw = answer ? `${address} is answered with HTTP ${answer.status}` : `${origin} cannot be reached`
  return fail('public-base', saw, 'saved pictures are not shown to anybody', ...(await opening(patient, answer)))
}

async function checkPrivate(patient: Patient, check: string, key: string): Promise<Finding> {
  const { bucket } = patient
  const at = { bucket: bucket.name, key: bucket.store.prefix + key }
  const atService = addressOf(() => bucket.driver.publicUrl(at))
  const part = `${key.slice(0, key.indexOf('/'))}/`
  let asked = 0
  for (const address of new Set([atService, addressOf(() => bucket.store.publicUrl(key))])) {
    if (address === undefined || !/^https?:/.test(address)) continue
    const answer = await ask(patient, address)
    if (!answer) continue
    asked += 1
    if (!isOpen(answer)) continue
    const cure: Remedy =
      address === atService ? narrowing(patient) : [`let the CDN read uploads/ alone, and not ${part}`]
    return fail(check, `anybody can read ${address}`, WHY_PRIVATE[part] ?? '', ...cure)
  }
  if (asked === 0) return note(check, 'no public address can be asked from here')
  return ok(check, `strangers cannot read what is below ${part}`)
}

const WHY_PRIVATE: Readonly<Record<string, string>> = {
  'tmp/': 'originals are as people sent them, with place and time in them',
  'state/': "state tells every user's history",
}

/** A page that says 200 to everything, as single-page applications do, has not shown the object. */
function isOpen({ status, body }: Answer): boolean {
  return status < 300 && body === CONTENT
}

async function checkListing(patient: Patient, address: string, key: string): Promise<Finding> {
  if (!/^https?:/.test(address)) return note('private-listing', 'the application serves objects, and lists none')
  const root = address.slice(0, address.length - key.length)
  const answer = await ask(patient, `${root}?list-type=2&max-keys=1`)
  if (!answer) return note('private-listing', 'the service cannot be reached from here')
  if (answer.status >= 300 || !answer.body.includes('<ListBucketResult')) {
    return ok('private-listing', 'strangers cannot list the bucket')
  }
  return fail(
    'private-listing',
    'anybody can list the bucket',
    'whoever knows the keys of private objects knows who uploads what, and when',
    "close the bucket's own list; where that is closed, take s3:ListBucket for everybody out of the bucket's policy",
    patient.remedies.closeList(),
  )
}
