import { buffer } from 'node:stream/consumers'
import type { BucketStore } from '../bucket-store.js'
import type { GetOptions, ListOptions } from '../options.js'

export async function bytesOf(store: BucketStore, key: string, options: GetOptions = {}): Promise<Buffer> {
  return buffer((await store.get(key, options)).body)
}

export async function textOf(store: BucketStore, key: string, options: GetOptions = {}): Promise<string> {
  return (await bytesOf(store, key, options)).toString()
}

/** The keys of a listing, in its own order. */
export async function keysOf(store: BucketStore, prefix = '', options: ListOptions = {}): Promise<string[]> {
  return (await store.list(prefix, options).toArray()).map((object) => object.key)
}

export async function putAll(store: BucketStore, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => store.put(key, `content of ${key}`)))
}
