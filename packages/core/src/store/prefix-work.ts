import type { Acl, Cancellable, DriverCopyOptions, ObjectInfo, ObjectLocation } from '../contract/driver.js'
import { DriverError, StoreError, type StoreErrorCode, show } from '../errors.js'
import { compareKeys } from '../keys/key-order.js'
import { joinKey, parsePrefix } from '../keys/object-key.js'
import { inParallel } from '../transfer/in-parallel.js'
import { checkConcurrency } from '../values/option-checks.js'
import { copyObject } from './copy-object.js'
import type { DriverCalls } from './driver-calls.js'
import type { ObjectListing } from './listing.js'
import type { PrefixOptions, PrefixProgress } from './options.js'

const DEFAULT_CONCURRENCY = 8
const SERVICE_TROUBLE: ReadonlySet<StoreErrorCode> = new Set(['unavailable', 'bucket-not-found'])

/** Two parsed prefixes, of which neither lies in the other. */
export interface PrefixPair {
  readonly from: string
  readonly to: string
}

/**
 * Checks where objects shall go: within each other, the work would meet its own results.
 *
 * @throws DriverError `invalid-key`, `invalid-argument`
 */
export function prefixPair(source: string, target: string): PrefixPair {
  const [from, to] = [parsePrefix(source), parsePrefix(target)]
  if (!from.startsWith(to) && !to.startsWith(from)) return { from, to }
  const received = `${show(from)} and ${show(to)}`
  throw new DriverError(
    'invalid-argument',
    `expected prefixes of which neither is part of the other; received ${received}`,
  )
}

/** Brings one version of an object to another key. */
export type Transfer = (
  calls: DriverCalls,
  from: ObjectLocation,
  to: ObjectLocation,
  plan: DriverCopyOptions & { readonly sourceIfMatch: string },
) => Promise<unknown>

/** A copy is of the version that is there when its turn comes. */
export const copyCurrent: Transfer = (calls, from, to, { acl, signal }) => copyObject(calls, from, to, { acl, signal })

/** @returns How many objects were brought to their new place. */
export async function transferListed(
  calls: DriverCalls,
  objects: AsyncIterable<ObjectInfo>,
  { from, to }: PrefixPair,
  transfer: Transfer,
  options: PrefixOptions & { readonly acl: Acl | undefined },
): Promise<number> {
  const { bucket } = calls
  const { acl } = options
  return onEach(calls, objects, options, async ({ key, etag }, signal) => {
    const target = { bucket, key: joinKey(to, key.slice(from.length)) }
    await transfer(calls, { bucket, key }, target, { acl, sourceIfMatch: etag, signal })
  })
}

/** The objects of one listing that have no counterpart in another; both come in the order of their keys. */
export async function* withoutCounterpart(
  sources: AsyncIterable<ObjectInfo>,
  targets: AsyncIterable<ObjectInfo>,
  { from, to }: PrefixPair,
): AsyncGenerator<ObjectInfo> {
  const waiting = targets[Symbol.asyncIterator]()
  let target = await waiting.next()
  for await (const source of sources) {
    const name = source.key.slice(from.length)
    while (!target.done && compareKeys(target.value.key.slice(to.length), name) < 0) target = await waiting.next()
    if (target.done || target.value.key.slice(to.length) !== name) yield source
  }
}

/** Deletes what a listing gives, pages at a time. What fails is reported after the rest is gone. */
export async function deleteListed(
  calls: DriverCalls,
  listing: ObjectListing,
  prefix: string,
  options: PrefixOptions,
): Promise<number> {
  const tally = new Tally(options)
  let failed: { readonly key: string; readonly error: unknown } | undefined
  await inParallel(listing.pages(), parallel(options), async ({ objects }, signal) => {
    if (objects.length === 0) return
    const keys = objects.map(({ key }) => key)
    const subject = { operation: 'delete-many', key: prefix, signal }
    const failures = await calls.run(subject, (driver) => driver.deleteMany(calls.bucket, keys, { signal }))
    const kept = new Set(failures.map(({ key }) => key))
    tally.add(objects.filter(({ key }) => !kept.has(key)))
    failed ??= failures[0]
  })
  if (failed) throw calls.wrap({ operation: 'delete', key: failed.key }, failed.error)
  return tally.objects
}

/**
 * Works on objects, some at a time. What is wrong with one of them is reported after the rest was worked on; what is
 * wrong with the service ends the work. An object that is gone by now is left out.
 */
async function onEach(
  calls: DriverCalls,
  objects: AsyncIterable<ObjectInfo>,
  options: PrefixOptions,
  work: (object: ObjectInfo, signal: AbortSignal) => Promise<void>,
): Promise<number> {
  const tally = new Tally(options)
  let failed: { readonly error: unknown } | undefined
  await inParallel(objects, parallel(options), async (object, signal) => {
    try {
      await calls.guard({ operation: 'copy', key: object.key, signal }, () => work(object, signal))
      tally.add([object])
    } catch (error) {
      if (!StoreError.is(error) || SERVICE_TROUBLE.has(error.code)) throw error
      if (error.code !== 'not-found') failed ??= { error }
    }
  })
  if (failed) throw failed.error
  return tally.objects
}

function parallel({ concurrency = DEFAULT_CONCURRENCY, signal }: PrefixOptions): Cancellable & { concurrency: number } {
  return { concurrency: checkConcurrency(concurrency), signal }
}

class Tally {
  readonly #onProgress: ((progress: PrefixProgress) => void) | undefined
  objects = 0
  #bytes = 0

  constructor({ onProgress }: PrefixOptions) {
    this.#onProgress = onProgress
  }

  add(finished: readonly ObjectInfo[]): void {
    const last = finished.at(-1)
    if (last === undefined) return
    this.objects += finished.length
    for (const { size } of finished) this.#bytes += size
    this.#onProgress?.({ key: last.key, objects: this.objects, bytes: this.#bytes })
  }
}
