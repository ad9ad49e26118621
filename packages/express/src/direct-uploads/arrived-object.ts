import { type BucketStore, type ObjectHead, StoreError } from '@bucket-brigade/core'
import { MARKER } from './single-upload.js'
import { originalChanged, sizeDiffers, tooLarge } from './upload-problems.js'
import type { UploadTicket } from './upload-ticket.js'

/** What lies at an upload's key: the upload's own object, another one, or nothing. */
export type Arrived =
  | { readonly kind: 'own'; readonly head: ObjectHead }
  | { readonly kind: 'other' }
  | { readonly kind: 'nothing' }

/** Looks by whom the object at an upload's key was made: its metadata was pinned before its first byte. */
export async function lookAt(store: BucketStore, { key, id }: UploadTicket): Promise<Arrived> {
  try {
    const head = await store.head(key)
    return head.metadata[MARKER] === id ? { kind: 'own', head } : { kind: 'other' }
  } catch (error) {
    if (StoreError.is(error, 'not-found')) return { kind: 'nothing' }
    throw error
  }
}

/**
 * An object of another size than announced comes from a service that heeds no policy: it is removed where that is possible,
 * and refused in any case. Below `tmp/`, one that stays expires.
 *
 * @throws HttpProblem `file-too-large`, `invalid-request`
 */
export async function checkArrivedSize(
  store: BucketStore,
  ticket: UploadTicket,
  head: ObjectHead,
  maxBytes: number,
): Promise<void> {
  const problem = sizeProblem(ticket, head.size, maxBytes)
  if (problem === undefined) return
  // That it could not be removed must not take the place of what the sender has to hear.
  await store.delete(ticket.key).catch(() => undefined)
  throw problem
}

/** Removes an upload's own object, where there is one and the rights allow it. What arrives later expires. */
export async function removeArrived(store: BucketStore, ticket: UploadTicket): Promise<void> {
  try {
    const arrived = await lookAt(store, ticket)
    if (arrived.kind === 'own') await store.delete(ticket.key)
  } catch (error) {
    if (!StoreError.is(error, 'permission-denied')) throw error
  }
}

/** What is wrong with a file of this size, if anything is. */
export function sizeProblem({ bytes }: UploadTicket, came: number, maxBytes: number) {
  if (came > (bytes ?? maxBytes)) return tooLarge(bytes ?? maxBytes)
  return bytes !== undefined && came < bytes ? sizeDiffers(bytes, came) : undefined
}

/** The upload's own object. @throws HttpProblem `original-changed`, or the one given for nothing */
export function ownHead(arrived: Arrived, ifNothing: () => Error): ObjectHead {
  if (arrived.kind === 'own') return arrived.head
  throw arrived.kind === 'other' ? originalChanged() : ifNothing()
}
