import type { BucketStore } from '../store/bucket-store.js'

/**
 * What a clause is about: the unit in which a harness declares departures. Whatever no service, or not every service,
 * can do has a name of its own, so that a departure never hides more than it says.
 */
export type Capability =
  | 'write'
  | 'read'
  | 'range'
  | 'key'
  | 'key-beside-prefix'
  | 'long-key-segment'
  | 'list'
  | 'list-while-changing'
  | 'delete'
  | 'conditional-delete'
  | 'copy'
  | 'prefix'
  | 'conditional-write'
  | 'conditional-read'
  | 'conditional-copy'
  | 'metadata'
  | 'multipart'
  | 'multipart-subset'
  | 'conditional-multipart'
  | 'large-body'
  | 'integrity'
  | 'cancel'
  | 'error'
  | 'public-url'
  | 'signed-url'
  | 'presigned-post'
  | 'presigned-redirect'
  | 'presigned-put'
  | 'presigned-create'
  | 'presigned-part'

/** What a clause works with. All stores hold the same bucket, which is empty at first. */
export interface ClauseContext {
  readonly store: BucketStore
  /** The same objects, as another server sees them. */
  readonly peer: BucketStore
  /** A store over the same bucket whose keys all begin with `prefix`, below the prefix of `store`. */
  below(prefix: string): BucketStore
  /** For signed addresses. Rejects with `unsupported` where the harness cannot fetch. */
  readonly fetch: typeof fetch
  /** The smallest part that the service takes. */
  readonly partSizeInBytes: number
}

/** One promise of the contract, as a test that needs no test runner: it resolves, or rejects with what is wrong. */
export interface Clause {
  /** What a user can rely on. Unique in the suite. */
  readonly name: string
  readonly capability: Capability
  /** Resolves where the promise is kept. */
  run(context: ClauseContext): Promise<void>
}

/** The clauses of one capability, for the files that list them. */
export function clausesOf(
  capability: Capability,
  clauses: Readonly<Record<string, (context: ClauseContext) => Promise<void>>>,
): Clause[] {
  return Object.entries(clauses).map(([name, run]) => ({ name, capability, run }))
}
