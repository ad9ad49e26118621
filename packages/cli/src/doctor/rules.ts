import { expiryOf, StoreError } from '@bucket-brigade/core'
import { originsLetIn } from '../policies/origins.js'
import { type Finding, fail, note, ok } from './finding.js'
import { type Answer, ask, type Patient } from './patient.js'
import { setting } from './reach.js'

const WHY_LIFECYCLE = 'originals of people who went away, and uploads that broke off, stay for ever and are paid for'
const WHY_CORS = 'browsers refuse the upload before it begins, and the page hears of a network error only'

/** Whether the service removes what is temporary. */
export async function checkLifecycle(patient: Patient): Promise<Finding> {
  const { bucket, remedies, signal } = patient
  const { store } = bucket
  try {
    const rules = await store.settings.lifecycleRules({ signal })
    const days = expiryOf(rules, `${store.prefix}tmp/`)
    if (days === undefined) {
      const saw = 'no rule removes what is below tmp/'
      return fail('lifecycle', saw, WHY_LIFECYCLE, 'apply the rules', remedies.brigade('lifecycle', '--apply'))
    }
    const aborts = rules.some(
      ({ status, prefix, abortsUploadsAfterDays }) =>
        status === 'enabled' && abortsUploadsAfterDays !== undefined && `${store.prefix}tmp/`.startsWith(prefix),
    )
    const saw = `what is below tmp/ goes after ${days === 1 ? 'a day' : `${days} days`}`
    if (aborts) return ok('lifecycle', `${saw}, and so do uploads that nobody finished`)
    return note(
      'lifecycle',
      `${saw}; uploads in parts that nobody finished stay`,
      'apply the rules, or sweep from time to time',
      remedies.brigade('lifecycle', '--expire-days', String(days), '--apply'),
    )
  } catch (error) {
    return setting(patient, 'lifecycle', error, 's3:GetLifecycleConfiguration')
  }
}

/** Whether pages of each origin may upload, asked as a browser asks. */
export async function checkCors(patient: Patient): Promise<readonly Finding[]> {
  const { origins, bucket } = patient
  if (origins.length === 0)
    return [note('cors', 'not tried', 'name the origins of your pages: --origin https://www.example.com')]
  try {
    const { url } = await bucket.store.presignUpload('tmp/probe/cors', {
      ...{ method: 'PUT', contentType: 'image/jpeg', contentLength: 1, acl: 'none', expiresInSeconds: 60 },
    })
    if (!/^https?:/.test(url)) return [note('cors', 'objects are served by the application itself')]
    return await Promise.all(origins.map((origin) => checkOrigin(patient, url, origin)))
  } catch (error) {
    if (!StoreError.is(error, 'unsupported', 'invalid-argument')) throw error
    return [note('cors', 'there are no uploads straight to this bucket')]
  }
}

async function checkOrigin(patient: Patient, url: string, origin: string): Promise<Finding> {
  const missing: string[] = []
  for (const method of ['PUT', 'POST', 'GET']) {
    const answer = await ask(patient, url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'content-type' },
    })
    if (!answer) {
      return note(
        'cors',
        `${origin}: the browser-facing endpoint cannot be reached from here`,
        'run this where browsers are',
      )
    }
    if (!isWelcome(answer, origin, method)) missing.push(method)
    else if (method === 'PUT' && !exposesEtag(answer)) missing.push('reading the ETag')
  }
  if (missing.length === 0) return ok('cors', `pages of ${origin} may upload and read, and see ETags`)
  return fail('cors', `pages of ${origin} are refused ${missing.join(', ')}`, WHY_CORS, ...(await corsCure(patient)))
}

/** A rule of everybody who shall be let in: of those that are named, and of those that were let in before. */
export async function originsToLetIn({ bucket, origins, signal }: Patient): Promise<readonly string[]> {
  return [...new Set([...(await originsLetIn(bucket.store, signal)), ...origins])]
}

async function corsCure(patient: Patient): Promise<[cure: string, command?: string]> {
  if (patient.bucket.kind !== 's3') return ['name the origins where the application serves objects: corsOrigins']
  const options = (await originsToLetIn(patient)).flatMap((origin) => ['--origin', origin])
  return ['apply the rule', patient.remedies.brigade('cors', ...options, '--apply')]
}

function isWelcome({ status, headers }: Answer, origin: string, method: string): boolean {
  const isOrigin = listed(headers, 'access-control-allow-origin').some(
    (one) => one === '*' || one === origin.toLowerCase(),
  )
  return status < 300 && isOrigin && listed(headers, 'access-control-allow-methods').includes(method.toLowerCase())
}

function exposesEtag({ headers }: Answer): boolean {
  return listed(headers, 'access-control-expose-headers').some((one) => one === '*' || one === 'etag')
}

function listed(headers: Headers, name: string): readonly string[] {
  return (headers.get(name) ?? '').toLowerCase().split(/\s*,\s*/)
}
