import { type StorageDriver, StoreError } from '@bucket-brigade/core'
import type { Bucket } from '../buckets/buckets.js'
import { counting } from './counting.js'
import { headIfThere } from './if-there.js'
import type { ListedObject } from './listed-objects.js'
import { isVeryObject } from './very-object.js'

/** Where an object goes, and what happens on the way. */
export interface Target {
  readonly bucket: Bucket
  readonly key: string
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

/** True where one store reaches both. */
function isSameBucket(a: Bucket, b: Bucket): boolean {
  return a.driver === b.driver && a.name === b.name && a.store.prefix === b.store.prefix
}

/** Copies an object: by the service itself within one, as a stream between two. It never lies on this machine's disk. */
export async function copyObject(from: Bucket, listed: ListedObject, to: Target): Promise<void> {
  if (isSameBucket(from, to.bucket)) {
    await from.store.copy(listed.input, to.key, { sourceIfMatch: listed.object.etag, signal: to.signal })
  } else if (from.driver === to.bucket.driver) {
    await copyInService(from, listed, to)
  } else {
    await streamBetween(from, listed, to)
  }
}

/** Copies one version, and removes that version only. */
export async function moveObject(from: Bucket, listed: ListedObject, to: Target): Promise<void> {
  if (isSameBucket(from, to.bucket)) {
    await from.store.move(listed.input, to.key, { sourceIfMatch: listed.object.etag, signal: to.signal })
    return
  }
  await refuseItself(from, listed, to)
  await copyObject(from, listed, to)
  await removeVersion(from, listed, to.signal)
}

/** Moved onto itself, an object would be removed: what was written over it may have its ETag. */
async function refuseItself(from: Bucket, { object }: ListedObject, { bucket, key, signal }: Target): Promise<void> {
  if (from.name !== bucket.name || !isVeryObject(object, await headIfThere(bucket.store, key, signal))) return
  const message = `expected another target: ${key} has the same ETag and time there, and may be this very object by another address`
  throw new StoreError('invalid-argument', message, { operation: 'move', bucket: bucket.name, key: object.key })
}

async function copyInService(from: Bucket, { object: { key, etag } }: ListedObject, to: Target): Promise<void> {
  const { bucket, signal } = to
  const source = { bucket: from.name, key: from.store.prefix + key }
  const target = { bucket: bucket.name, key: bucket.store.prefix + to.key }
  try {
    await from.driver.copy(source, target, { acl: bucket.store.acl, sourceIfMatch: etag, signal })
  } catch (error) {
    signal.throwIfAborted()
    throw explained(from.driver, error, key)
  }
}

async function streamBetween(
  from: Bucket,
  { object, input }: ListedObject,
  { bucket, key, signal, onBytes }: Target,
): Promise<void> {
  const { body, size, ...head } = await from.store.get(input, { ifMatch: object.etag, signal })
  const { contentType, cacheControl, contentDisposition, contentEncoding, metadata } = head
  await bucket.store.put(key, counting(body, onBytes), {
    ...{ contentType, cacheControl, contentDisposition, contentEncoding, metadata },
    contentLength: size,
    signal,
  })
}

/** Services without conditional deletes are asked just before. */
async function removeVersion({ store }: Bucket, { object, input }: ListedObject, signal: AbortSignal): Promise<void> {
  try {
    await store.delete(input, { ifMatch: object.etag, signal })
    return
  } catch (error) {
    if (!StoreError.is(error, 'unsupported')) throw error
  }
  const { etag } = await store.head(input, { signal })
  if (etag === object.etag) await store.delete(input, { signal })
  else {
    const message = `${object.key} was written anew while it was moved: the copy is at its target, the newer one stays`
    throw new StoreError('precondition-failed', message, { operation: 'move', bucket: store.bucket, key: object.key })
  }
}

function explained(driver: StorageDriver, error: unknown, key: string): StoreError {
  if (StoreError.is(error)) return error
  const { code, message } = driver.explain(error)
  return new StoreError(code, `copy ${key}: ${message}`, { operation: 'copy', key, cause: error })
}
