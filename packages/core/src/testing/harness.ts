import type { StorageDriver } from '../contract/driver.js'
import { StoreError } from '../errors.js'
import { BucketStore } from '../store/bucket-store.js'
import { MIN_PART_BYTES } from '../values/option-checks.js'
import type { Capability, ClauseContext } from './clause.js'

/** Something that a driver or its service cannot do. */
export interface Departure {
  readonly capability: Capability
  /** Why, for the person who reads the test's name. */
  readonly reason: string
  /**
   * How every clause of the capability shows it: the store says `unsupported` (the default, and what a driver owes
   * where it can know), or the service silently behaves in another way and the clause fails.
   */
  readonly shows?: 'unsupported' | 'difference' | undefined
}

/** A bucket, or a prefix of one, that holds nothing yet. */
export interface EmptyBucket {
  readonly driver: StorageDriver
  readonly bucket: string
  /** Where in the bucket the clauses may write; ends in `/`. Default: everywhere, the bucket is empty. */
  readonly prefix?: string | undefined
  /** Another driver over the same bucket, as another server has it: another process's folder, another gateway. Default: `driver`. */
  readonly peer?: StorageDriver | undefined
  /** Called after the clause, also when it failed. The harness removes what was written, and closes its drivers. */
  close(): Promise<void>
}

/** How to try the contract on one driver. */
export interface ConformanceHarness {
  /** The driver and, where it matters, its service: `S3 on Ceph RGW 16.2`. */
  readonly name: string
  /** Called before every clause. */
  open(): Promise<EmptyBucket>
  /** How to reach signed addresses. Default: not at all, which has to be declared as departures. */
  readonly fetch?: typeof fetch | undefined
  /** What is not kept, and why. A departure that turns out to be kept fails the suite, so that none outlives its reason. */
  readonly departures?: readonly Departure[] | undefined
}

/** Where the clauses' keys lie in the bucket. */
export interface Layout {
  readonly name: string
  readonly prefix: string
}

/** Every clause holds in both. */
export const LAYOUTS: readonly Layout[] = [
  { name: 'bare', prefix: '' },
  { name: 'under a prefix', prefix: 'some/prefix/' },
]

class HarnessStore extends BucketStore {
  readonly bucket: string
  override readonly prefix: string

  constructor(driver: StorageDriver, bucket: string, prefix: string) {
    super(driver)
    this.bucket = bucket
    this.prefix = prefix
  }
}

export function contextOf(harness: ConformanceHarness, opened: EmptyBucket, layout: Layout): ClauseContext {
  const { driver, bucket, peer = driver } = opened
  const root = (opened.prefix ?? '') + layout.prefix
  return {
    store: new HarnessStore(driver, bucket, root),
    peer: new HarnessStore(peer, bucket, root),
    below: (prefix) => new HarnessStore(driver, bucket, root + prefix),
    fetch: harness.fetch ?? (async () => Promise.reject(noFetch(bucket))),
    partSizeInBytes: MIN_PART_BYTES,
  }
}

function noFetch(bucket: string): StoreError {
  return new StoreError('unsupported', 'this harness has no `fetch`: declare a departure', {
    operation: 'fetch',
    bucket,
  })
}
