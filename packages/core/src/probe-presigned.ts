import type { BucketStore } from './bucket-store.js'
import type { PresignedUpload } from './driver.js'
import { StoreError } from './errors.js'
import type { ProbeFinding, ProbeOptions } from './probe.js'

const BODY = 'probe'
const TYPE = 'text/plain'
const EXPIRES_IN_SECONDS = 120

/** A form whose size range the service must enforce. */
export async function probePost(store: BucketStore, key: string, options: ProbeOptions): Promise<ProbeFinding> {
  const presign = (): Promise<PresignedUpload> =>
    store.presignUpload(key, {
      method: 'POST',
      contentType: TYPE,
      acl: 'none',
      maxBytes: BODY.length,
      expiresInSeconds: EXPIRES_IN_SECONDS,
    })
  return probeUpload(presign, options, 'use a presigned PUT, which pins the exact size')
}

/** One PUT of an exact size. */
export async function probePut(store: BucketStore, key: string, options: ProbeOptions): Promise<ProbeFinding> {
  const presign = (): Promise<PresignedUpload> =>
    store.presignUpload(key, {
      method: 'PUT',
      contentType: TYPE,
      acl: 'none',
      contentLength: BODY.length,
      expiresInSeconds: EXPIRES_IN_SECONDS,
    })
  return probeUpload(presign, options, 'send uploads through the servers')
}

async function probeUpload(
  presign: () => Promise<PresignedUpload>,
  { fetch, signal }: ProbeOptions,
  cure: string,
): Promise<ProbeFinding> {
  try {
    const upload = await presign()
    if (!fetch) return { outcome: 'untested', detail: 'it can be made; hand in `fetch` to have it tried' }
    if (!/^https?:/.test(upload.url))
      return { outcome: 'untested', detail: 'its address is relative to the application' }
    const status = await send(fetch, upload, BODY, signal)
    if (status >= 300) return { outcome: 'refused', detail: `the upload was answered with HTTP ${status}`, cure }
    const larger = await send(fetch, upload, `${BODY}, and more than was agreed`, signal)
    if (larger < 300) return { outcome: 'ignored', detail: 'a larger upload than agreed was taken', cure }
    return { outcome: 'honoured', detail: 'the upload was taken, and a larger one refused' }
  } catch (error) {
    signal?.throwIfAborted()
    if (StoreError.is(error)) {
      return { outcome: 'refused', detail: `it cannot be made: ${error.message}`, cure }
    }
    return { outcome: 'untested', detail: `its address cannot be reached from here: ${reasonOf(error)}` }
  }
}

async function send(
  fetch: NonNullable<ProbeOptions['fetch']>,
  upload: PresignedUpload,
  text: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const limit = AbortSignal.timeout(30_000)
  const answer = await fetch(upload.url, {
    ...requestOf(upload, text),
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  })
  await answer.arrayBuffer()
  return answer.status
}

function requestOf(upload: PresignedUpload, text: string): RequestInit {
  if (upload.method === 'PUT') return { method: 'PUT', headers: upload.headers, body: text }
  const form = new FormData()
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value)
  form.append('file', new Blob([text], { type: TYPE }), 'probe.txt')
  return { method: 'POST', body: form }
}

/** The address is signed, so no more of the error is shown than its code. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code)
  return error instanceof Error ? error.name : 'unknown'
}
