import { buffer } from 'node:stream/consumers'
import type { ListPage } from '../contract/driver.js'
import type { BucketStore } from '../store/bucket-store.js'
import type { GetOptions, ListOptions } from '../store/options.js'

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

export async function pagesOf(store: BucketStore, prefix: string, options: ListOptions): Promise<ListPage[]> {
  const pages: ListPage[] = []
  for await (const page of store.list(prefix, options).pages()) pages.push(page)
  return pages
}

export async function putAll(store: BucketStore, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => store.put(key, `content of ${key}`)))
}

/** Bytes that repeat nowhere near, so that a piece in the wrong place shows. The seed makes another pattern. */
export function patternOf(length: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((Math.imul(at + seed, 2654435761) ^ at) >>> 0, at)
  return bytes
}
