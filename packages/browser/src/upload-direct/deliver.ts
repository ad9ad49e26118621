import { type BucketReply, type Parcel, sendToBucket } from './bucket-request.js'
import { DirectUploadError } from './direct-upload-error.js'
import { type Address, isFresh } from './offer.js'
import { isPassing, type Outcome, retrying } from './patience.js'
import type { UploadSettings } from './upload-options.js'

/** Where to get the parcel's address from. */
export interface AddressBook {
  /** The address that was given first; undefined where none was. */
  known(): Address | undefined
  /** Asks the application for a fresh one. */
  renew(): Promise<Address>
}

/**
 * Sends the parcel until the bucket has it, renewing its address where that may be the cause of a failure.
 *
 * @returns the ETag, where the page may read it
 */
export function deliver(
  parcel: Parcel,
  addresses: AddressBook,
  settings: UploadSettings,
  signal: AbortSignal,
): Promise<string | undefined> {
  let reply: BucketReply | undefined
  let refusedRenewed = false
  const send = async (): Promise<Outcome<string | undefined>> => {
    // A refusal without CORS headers looks like a lost network: the address is renewed then, too. That also tells
    // whether the application can be reached.
    const isDoubtful = reply?.status === 0 || isExpiry(reply)
    const known = isDoubtful ? undefined : addresses.known()
    const address = isFresh(known) ? known : await addresses.renew()
    const last = reply
    reply = await sendToBucket(address, parcel, settings.stallSeconds, signal)
    // 412 answers `If-None-Match: *`: an earlier attempt did arrive, and only its answer was lost.
    if ((reply.status >= 200 && reply.status < 300) || reply.status === 412) return { done: reply.etag }
    parcel.onLeft(0)
    if (reply.status === 0) return { failed: await noAnswer(parcel, address, last, reply) }
    if (isExpiry(reply) && !refusedRenewed) {
      refusedRenewed = true
      return send()
    }
    const failed = refusal(reply)
    if (!mayPass(reply)) throw failed
    return { failed, retryAfter: reply.retryAfter }
  }
  return retrying(settings, signal, send)
}

async function noAnswer(
  { body }: Parcel,
  { url }: Address,
  last: BucketReply | undefined,
  { cause }: BucketReply,
): Promise<DirectUploadError> {
  try {
    await body.slice(0, 1).arrayBuffer()
  } catch (unreadable) {
    throw new DirectUploadError('file-unreadable', 'the file was changed, moved or taken away; choose it again', {
      cause: unreadable,
    })
  }
  if (last?.status !== 0) return new DirectUploadError('unreachable', 'the bucket did not answer', { cause })
  const { origin } = new URL(url, globalThis.location?.href)
  const hint = `${origin} cannot be reached by this page, though the application can: do its CORS rules name the page's origin?`
  return new DirectUploadError('cors-blocked', hint, { cause })
}

function refusal({ status, text }: BucketReply): DirectUploadError {
  const bucketCode = bucketCodeOf(text)
  const message = `the bucket refused the file with status ${status}${bucketCode ? ` (${bucketCode})` : ''}`
  return new DirectUploadError('bucket-refused', message, { status, bucketCode })
}

function isExpiry(reply: BucketReply | undefined): boolean {
  return reply?.status === 403 || (reply?.status === 400 && bucketCodeOf(reply.text) === 'ExpiredToken')
}

/** 409 is another conditional write at the same time; RequestTimeout is a line that was too slow. */
function mayPass({ status, text }: BucketReply): boolean {
  return isPassing(status) || status === 409 || (status === 400 && bucketCodeOf(text) === 'RequestTimeout')
}

/** S3 answers with XML, the disk driver's routes with JSON. */
function bucketCodeOf(text: string): string | undefined {
  return /(?:<Code>|"code":")([\w.-]+)/.exec(text)?.[1]
}
