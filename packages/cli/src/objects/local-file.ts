import { type KeyInput, openLocalFile, type PutOptions, writeLocalFile } from '@bucket-brigade/core'
import type { Place } from '../buckets/buckets.js'
import { counting } from './counting.js'

/** What happens on the way between a file and an object. */
export interface FileTransfer {
  readonly signal: AbortSignal
  /** Told of bytes as they pass. */
  readonly onBytes: (bytes: number) => void
}

/** Sends a file to a key, whatever the two are called. Its type is found out where `options` has none. */
export async function sendFile(
  { bucket }: Pick<Place, 'bucket'>,
  key: KeyInput,
  path: string,
  { onBytes, ...options }: PutOptions & FileTransfer,
): Promise<void> {
  const { stream, length, contentType } = await openLocalFile(path)
  await bucket.store.put(key, counting(stream, onBytes), { contentType, ...options, contentLength: length })
}

/** Fetches an object into a file, which is there as a whole or not at all. */
export async function fetchFile(
  { bucket }: Pick<Place, 'bucket'>,
  object: KeyInput,
  path: string,
  { onBytes, signal }: FileTransfer,
): Promise<void> {
  const { body } = await bucket.store.get(object, { signal })
  await writeLocalFile(path, counting(body, onBytes))
}
