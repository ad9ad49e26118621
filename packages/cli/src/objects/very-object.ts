import { type BucketStore, type ObjectInfo, StoreError } from '@bucket-brigade/core'
import { type Bucket, isPrefix, type Place } from '../buckets/buckets.js'
import { headIfThere } from './if-there.js'

/*
 * A bucket may have several addresses, as those of two gateways, or of a folder and a link to it. Whether two are the same
 * is told by what lies there.
 */

type Version = Pick<ObjectInfo, 'etag' | 'lastModified'>

/** Whether two are one object, and not one a copy of the other: its time tells. Not all services tell more than the second. */
export function isVeryObject(one: Version, other: Version | undefined): boolean {
  return other?.etag === one.etag && secondOf(other) === secondOf(one)
}

/**
 * Whether what is at a place is there in the other bucket, too: itself, and not a copy.
 *
 * All addresses are asked with the same credentials, so that who may look at the one and not at the other has two buckets.
 */
export async function isOneBucket(place: Place, other: Bucket, signal: AbortSignal): Promise<boolean> {
  const key = fullKey(place)
  const find = isPrefix(place) ? firstBelow : headIfThere
  const [one, same] = await Promise.all([
    find(place.bucket.whole, key, signal),
    find(other.whole, key, signal).catch(nothingWhereDenied),
  ])
  return one !== undefined && one.key === same?.key && isVeryObject(one, same)
}

/** Of a place, whatever prefix its bucket was opened with. */
export function fullKey({ bucket, key }: Place): string {
  return bucket.store.prefix + key
}

async function firstBelow(store: BucketStore, prefix: string, signal: AbortSignal): Promise<ObjectInfo | undefined> {
  for await (const object of store.list(prefix, { pageSize: 1, signal })) return object
  return undefined
}

function nothingWhereDenied(error: unknown): undefined {
  if (!StoreError.is(error, 'permission-denied')) throw error
}

function secondOf({ lastModified }: Version): number {
  return Math.floor(lastModified.getTime() / 1000)
}
