import type { BucketStore } from '@bucket-brigade/core'
import { headIfThere } from './if-there.js'

/** Tells whether an object of this size is at a key already. */
export type IsThere = (key: string, bytes: number) => Promise<boolean>

/** Nothing is skipped. */
export const nothingIsThere: IsThere = async () => false

/** Asks for one object. */
export function objectIsThere(store: BucketStore, signal: AbortSignal): IsThere {
  return async (key, bytes) => (await headIfThere(store, key, signal))?.size === bytes
}

/** Lists a prefix once, a request for a thousand objects, instead of asking for each. */
export async function listedIsThere(store: BucketStore, prefix: string, signal: AbortSignal): Promise<IsThere> {
  const sizes = new Map<string, number>()
  for await (const { key, size } of store.list(prefix, { signal })) sizes.set(key, size)
  return async (key, bytes) => sizes.get(key) === bytes
}
