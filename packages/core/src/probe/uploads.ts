import type { PresignedUpload } from '../contract/driver.js'
import { type Send, tryAddress } from './address.js'
import type { ProbeSession } from './probe-session.js'
import type { ProbeFinding, UploadFinding } from './report.js'

const BODY = 'probe'
const TYPE = 'text/plain'
const SHARED = { contentType: TYPE, acl: 'none', expiresInSeconds: 120 } as const
const NO_UPLOAD_CURE = 'send uploads through the servers'

/** A form whose size range the service must enforce. */
export function probePost(session: ProbeSession): Promise<UploadFinding> {
  const cure = 'use a presigned PUT, which pins the exact size'
  const presign = (): Promise<PresignedUpload> =>
    session.store.presignUpload(session.key('post'), { ...SHARED, method: 'POST', maxBytes: BODY.length })
  return tryAddress(session, presign, cure, (upload, send) => tryUpload(upload, send, cure))
}

/** One PUT of an exact size. */
export function probePut(session: ProbeSession): Promise<UploadFinding> {
  const presign = (): Promise<PresignedUpload> => presignPut(session, 'put')
  return tryAddress(session, presign, NO_UPLOAD_CURE, (upload, send) => tryUpload(upload, send, NO_UPLOAD_CURE))
}

/** What a browser asks before it uploads. */
export async function probeCors(session: ProbeSession): Promise<ProbeFinding> {
  const { origin } = session.options
  if (!origin) return { outcome: 'untested', detail: 'hand in the `origin` of the pages that upload to have it tried' }
  const cure = `let ${origin} in by setBrowserAccess: the methods PUT and POST, their headers, and ETag exposed, in the bucket's CORS rules`
  const presign = (): Promise<PresignedUpload> => presignPut(session, 'cors')
  return tryAddress(session, presign, NO_UPLOAD_CURE, async ({ url }, send) => {
    const refused: string[] = []
    for (const method of ['PUT', 'POST']) refused.push(...(await refusedTo(origin, url, method, send)))
    if (refused.length === 0) return { outcome: 'honoured', detail: `pages of ${origin} may upload, and see ETags` }
    return { outcome: 'refused', detail: `pages of ${origin} are refused ${[...new Set(refused)].join(', ')}`, cure }
  })
}

async function refusedTo(origin: string, url: string, method: string, send: Send): Promise<readonly string[]> {
  const { status, headers } = await send(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type',
    },
  })
  const listed = (name: string): string[] => (headers.get(name) ?? '').toLowerCase().split(/\s*,\s*/)
  const isWelcome = listed('access-control-allow-origin').some((one) => one === '*' || one === origin.toLowerCase())
  if (status >= 300 || !isWelcome) return [method]
  if (!listed('access-control-allow-methods').includes(method.toLowerCase())) return [method]
  return listed('access-control-expose-headers').some((one) => one === '*' || one === 'etag') ? [] : ['the ETag']
}

function presignPut(session: ProbeSession, name: string): Promise<PresignedUpload> {
  return session.store.presignUpload(session.key(name), { ...SHARED, method: 'PUT', contentLength: BODY.length })
}

async function tryUpload(upload: PresignedUpload, send: Send, cure: string): Promise<UploadFinding> {
  const { status, headers } = await send(upload.url, requestOf(upload, BODY))
  if (status >= 300) return { outcome: 'refused', detail: `the upload was answered with HTTP ${status}`, cure }
  const etag = headers.has('etag') ? 'sent' : 'missing'
  const larger = await send(upload.url, requestOf(upload, `${BODY}, and more than was agreed`))
  if (larger.status < 300) return { outcome: 'ignored', detail: 'a larger upload than agreed was taken', cure, etag }
  return { outcome: 'honoured', detail: 'the upload was taken, and a larger one refused', etag }
}

function requestOf(upload: PresignedUpload, text: string): RequestInit {
  if (upload.method === 'PUT') return { method: 'PUT', headers: upload.headers, body: text }
  const form = new FormData()
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value)
  form.append('file', new Blob([text], { type: TYPE }), 'probe.txt')
  return { method: 'POST', body: form }
}
