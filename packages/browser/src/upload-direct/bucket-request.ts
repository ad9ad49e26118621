import type { Address } from './offer.js'
import { stallWatch } from './patience.js'

/** One body on its way to the bucket. */
export interface Parcel {
  readonly body: Blob
  readonly filename: string
  /** Told how many bytes of the body have left. */
  readonly onLeft: (bytes: number) => void
}

/** What the bucket answered; status 0 where it gave no answer that the page may read. */
export interface BucketReply {
  readonly status: number
  /** Undefined where the bucket's CORS rules do not expose it. */
  readonly etag?: string | undefined
  readonly retryAfter?: string | undefined
  readonly text: string
  readonly cause?: unknown
}

/** Sends the parcel once. Rejects only with the reason of `signal`. */
export async function sendToBucket(
  address: Address,
  parcel: Parcel,
  stallSeconds: number,
  signal: AbortSignal,
): Promise<BucketReply> {
  const send = typeof XMLHttpRequest === 'undefined' ? sendByFetch : sendByXhr
  const reply = await send(address, parcel, stallSeconds, signal)
  signal.throwIfAborted()
  return reply
}

/** Fetch tells no progress, so it cannot know a stall from a slow line either. */
async function sendByFetch(address: Address, parcel: Parcel, _stallSeconds: number, signal: AbortSignal) {
  try {
    const { method, url } = address
    const headers = address.method === 'PUT' ? address.headers : {}
    const response = await fetch(url, { method, headers, body: bodyOf(address, parcel), signal, credentials: 'omit' })
    const text = await response.text()
    return replyOf(response.status, text, (name) => response.headers.get(name) ?? undefined)
  } catch (cause) {
    return { status: 0, text: '', cause }
  }
}

function sendByXhr(address: Address, parcel: Parcel, stallSeconds: number, signal: AbortSignal): Promise<BucketReply> {
  return new Promise((resolve) => {
    const watch = stallWatch(stallSeconds, signal)
    const xhr = new XMLHttpRequest()
    xhr.open(address.method, address.url)
    if (address.method === 'PUT') {
      for (const [name, value] of Object.entries(address.headers)) xhr.setRequestHeader(name, value)
    }
    xhr.upload.onprogress = ({ loaded, total }) => {
      watch.alive()
      // A form is longer than the file in it.
      parcel.onLeft(total > 0 ? (parcel.body.size * loaded) / total : 0)
    }
    watch.signal.addEventListener('abort', () => xhr.abort())
    xhr.onloadend = () => {
      watch.release()
      // Asking for a header that is not exposed writes an error to the console; this asks for all that are.
      const headers = xhr.getAllResponseHeaders()
      const header = (name: string) => new RegExp(`^${name}: *(.*?)\\s*$`, 'im').exec(headers)?.[1]
      resolve(replyOf(xhr.status, xhr.responseText, header))
    }
    xhr.send(bodyOf(address, parcel))
  })
}

function replyOf(status: number, text: string, header: (name: string) => string | undefined): BucketReply {
  return { status, text, etag: header('etag'), retryAfter: header('retry-after') }
}

function bodyOf(address: Address, { body, filename }: Parcel): Blob | FormData {
  if (address.method === 'PUT') return body
  const form = new FormData()
  for (const [name, value] of Object.entries(address.fields)) form.append(name, value)
  // The bucket ignores every field after the file.
  form.append('file', body, filename)
  return form
}
