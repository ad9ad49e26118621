import type { Cancellable } from './cancellable.js'

/** Which pages of other origins browsers let at a bucket (Fetch standard, CORS protocol). */
export interface CorsRule {
  /** Names the rule, where the service keeps names. */
  readonly id?: string | undefined
  /** As in `https://www.example.com`; `*` within one stands for any text. */
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  /** Headers that a request may have; `*` within one stands for any text. */
  readonly requestHeaders: readonly string[]
  /** Headers of an answer that the page may read. */
  readonly exposedHeaders: readonly string[]
  /** How long a browser may remember the rule. */
  readonly maxAgeInSeconds?: number | undefined
}

/** What the service removes by itself, and when. */
export interface LifecycleRule {
  readonly id?: string | undefined
  readonly status: 'enabled' | 'disabled'
  /** What the rule is about: all keys that begin so. */
  readonly prefix: string
  /** `narrower` where the rule asks for more than the prefix: tags, or sizes. */
  readonly scope: 'prefix' | 'narrower'
  /** Objects are removed so many days after they were written. */
  readonly expiresAfterDays?: number | undefined
  /** Unfinished uploads in parts are removed so many days after they were begun. */
  readonly abortsUploadsAfterDays?: number | undefined
  /** The whole rule as the service gave it, where it says more than there are words for here. It is written back as it is. */
  readonly native?: unknown
}

/**
 * What the public may be given, whatever lists and policies say: nothing (`blocked`), what a bucket policy opens
 * (`policy-only`), or anything (`open`). `mixed` is another combination of AWS's four switches.
 */
export type PublicAccess = 'blocked' | 'policy-only' | 'open' | 'mixed'

/** Who owns objects, and whether access control lists count: `acls-disabled` refuses them all. */
export type ObjectOwnership = 'acls-disabled' | 'bucket-owner-preferred' | 'object-writer'

/** What became of a bucket that was to be there. */
export type CreatedBucket = 'created' | 'already-yours'

/**
 * A way to set up buckets: a capability that a `StorageDriver` offers or lacks.
 *
 * **Owed**: what the service does not have is `unsupported`, with what to do there instead; nothing pretends to succeed, and
 * nothing comes back for what cannot be read. What was never set reads as no rules, and as `undefined`.
 */
export interface BucketSettingsDriver {
  /** Makes the bucket. `already-exists` where the name belongs to somebody else. */
  createBucket(bucket: string, options: Cancellable): Promise<CreatedBucket>
  /** All rules, in their order. */
  readCors(bucket: string, options: Cancellable): Promise<readonly CorsRule[]>
  /** Puts these rules in the place of all that are there. */
  writeCors(bucket: string, rules: readonly CorsRule[], options: Cancellable): Promise<void>
  /** All rules, in their order. */
  readLifecycle(bucket: string, options: Cancellable): Promise<readonly LifecycleRule[]>
  /** Puts these rules in the place of all that are there. */
  writeLifecycle(bucket: string, rules: readonly LifecycleRule[], options: Cancellable): Promise<void>
  /** Undefined where nothing is blocked because nobody said so. */
  readPublicAccess(bucket: string, options: Cancellable): Promise<PublicAccess | undefined>
  /** Sets AWS's four switches. */
  writePublicAccess(bucket: string, access: Exclude<PublicAccess, 'mixed'>, options: Cancellable): Promise<void>
  /** Undefined where nobody said so: then objects belong to who wrote them, and lists count. */
  readOwnership(bucket: string, options: Cancellable): Promise<ObjectOwnership | undefined>
  /** The region's name, as the service says it. */
  readLocation(bucket: string, options: Cancellable): Promise<string>
}
