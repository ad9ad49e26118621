import { type ObjectInfo, StoreError, show } from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { TOMBSTONE_MILLISECONDS } from '../pointer.js'
import { OrphanFinder } from './orphan-finder.js'
import { isOwnOriginal, isOwnTemporary } from './own-keys.js'
import { readServiceClock } from './service-clock.js'

/** `report` only says what `delete` would delete. */
export type SweepMode = 'report' | 'delete'

/**
 * What there is to sweep, in the order in which it is looked for: originals, previews and marks of sessions that are
 * over; uploads in parts that nobody finished; pictures that no pointer names.
 */
export type SweepKind = 'temporary' | 'unfinished-upload' | 'orphan'

/** One thing that was left behind, and what became of it. */
export interface SweepFinding {
  readonly kind: SweepKind
  readonly key: string
  /** Absent for uploads in parts. */
  readonly bytes?: number | undefined
  /** When it was written, or begun. */
  readonly since: Date
  readonly outcome: 'found' | 'deleted' | 'failed'
  /** Why it is still there. */
  readonly cause?: unknown
}

/** How far a sweep has come. */
export interface SweepProgress {
  readonly kind: SweepKind
  /** Objects and uploads that were looked at so far. */
  readonly seen: number
  /** Hand it to `resumeAfter`, to go on from here. */
  readonly cursor: string
}

/** What counts as left behind, and whom to tell. */
export interface SweepOptions {
  /** Time beyond the end of a session until anything of it is taken for left behind, 300 to 2592000. Default 3600. */
  readonly graceSeconds?: number
  /** Where an earlier sweep was: the last `cursor` that it told. Default: from the beginning. */
  readonly resumeAfter?: string
  /** Told of everything that was left behind, once it is known what became of it. */
  readonly onFinding?: (finding: SweepFinding) => void
  /** Told after every page of at most 1000. */
  readonly onProgress?: (progress: SweepProgress) => void
  readonly signal?: AbortSignal | undefined
}

/** What a sweep found, and what it did about it. */
export interface SweepReport {
  readonly mode: SweepMode
  /** By the service's clock. */
  readonly startedAt: Date
  readonly seen: number
  readonly found: Readonly<Record<SweepKind, number>>
  /** Bytes of what was found. */
  readonly bytes: number
  readonly deleted: number
  readonly failed: number
  /** Kinds that could not be looked for, and why: a right that is missing, or a layout that says not which its keys are. */
  readonly skipped: readonly { readonly kind: SweepKind; readonly cause: unknown }[]
}

const KINDS: readonly SweepKind[] = ['temporary', 'unfinished-upload', 'orphan']
const DELETES_AT_ONCE = 16

/**
 * Finds, and deletes, what crashes and people who went away have left behind. Safe beside everything else: no token can
 * lead to anything that it deletes. Holds one page at a time.
 */
export async function sweep(context: CropperContext, mode: SweepMode, options: SweepOptions): Promise<SweepReport> {
  const { graceSeconds = 3600, resumeAfter } = options
  if (mode !== 'report' && mode !== 'delete') {
    throw new CropperError('invalid-request', `expected mode to be "report" or "delete"; received ${show(mode)}`)
  }
  if (!Number.isInteger(graceSeconds) || graceSeconds < 300 || graceSeconds > 2_592_000) {
    throw new CropperError(
      'invalid-request',
      `expected graceSeconds to be an integer from 300 to 2592000; received ${show(graceSeconds)}`,
    )
  }
  const start = readCursor(resumeAfter)
  const now = await readServiceClock(context, options.signal)
  const run = new SweepRun(context, mode, options, now)
  for (const kind of KINDS.slice(KINDS.indexOf(start.kind))) {
    await run.sweepKind(kind, kind === start.kind ? start.key : undefined)
  }
  return run.report()
}

function readCursor(cursor: string | undefined): { readonly kind: SweepKind; readonly key: string | undefined } {
  if (cursor === undefined) return { kind: 'temporary', key: undefined }
  const kind = KINDS.find((known) => cursor.startsWith(`${known}:`))
  if (kind === undefined) {
    throw new CropperError(
      'invalid-request',
      `expected resumeAfter to be a cursor that a sweep has told; received ${show(cursor)}`,
    )
  }
  return { kind, key: cursor.slice(kind.length + 1) || undefined }
}

/** Something that is left behind, and how to be rid of it. */
interface Remains {
  readonly kind: SweepKind
  readonly key: string
  readonly bytes?: number
  readonly since: Date
  readonly remove: () => Promise<void>
}

class SweepRun {
  readonly #context: CropperContext
  readonly #mode: SweepMode
  readonly #options: SweepOptions
  readonly #now: Date
  readonly #found = { temporary: 0, 'unfinished-upload': 0, orphan: 0 }
  readonly #skipped: { readonly kind: SweepKind; readonly cause: unknown }[] = []
  #seen = 0
  #bytes = 0
  #deleted = 0
  #failed = 0

  constructor(context: CropperContext, mode: SweepMode, options: SweepOptions, now: Date) {
    this.#context = context
    this.#mode = mode
    this.#options = options
    this.#now = now
  }

  report(): SweepReport {
    return {
      mode: this.#mode,
      startedAt: this.#now,
      seen: this.#seen,
      found: { ...this.#found },
      bytes: this.#bytes,
      deleted: this.#deleted,
      failed: this.#failed,
      skipped: this.#skipped,
    }
  }

  async sweepKind(kind: SweepKind, startAfter: string | undefined): Promise<void> {
    if (kind === 'temporary') return this.#sweepTemporary(startAfter)
    if (kind === 'unfinished-upload') return this.#sweepUploads()
    return this.#sweepOrphans(startAfter)
  }

  async #sweepTemporary(startAfter: string | undefined): Promise<void> {
    const before = this.#momentBefore(this.#context.settings.sessionSeconds * 1000)
    await this.#sweepListing('temporary', 'tmp/', startAfter, async ({ key, lastModified }) => {
      return isOwnTemporary(key) && lastModified < before
    })
  }

  async #sweepUploads(): Promise<void> {
    const { store, settings } = this.#context
    const { signal } = this.#options
    const kind = 'unfinished-upload'
    const before = this.#momentBefore(settings.sessionSeconds * 1000)
    try {
      const uploads = await store.unfinishedUploads('tmp/avatars/', { signal })
      this.#seen += uploads.length
      const left = uploads.filter(({ key, initiated }) => isOwnOriginal(key) && initiated < before)
      await this.#handle(
        left.map(({ key, uploadId, initiated }) => ({
          kind,
          key,
          since: initiated,
          remove: async () => (await store.multipart(key, { uploadId, signal })).abort({ signal }),
        })),
      )
    } catch (cause) {
      if (!StoreError.is(cause, 'permission-denied', 'unsupported')) throw cause
      this.#skipped.push({ kind, cause })
    }
    // There is no going on in the middle of these.
    this.#tell(kind, 'orphan:')
  }

  async #sweepOrphans(startAfter: string | undefined): Promise<void> {
    const { finals } = this.#context.settings.layout
    if (!finals) {
      this.#skipped.push({ kind: 'orphan', cause: new Error('the layout has no `finals`, which tell its own keys') })
      return
    }
    // A token lives for less than a tombstone: what is older can no longer be shown by anybody's save.
    const before = this.#momentBefore(TOMBSTONE_MILLISECONDS)
    const finder = new OrphanFinder(this.#context, finals, this.#options.signal)
    await this.#sweepListing('orphan', finals.prefix, startAfter, async (object) => {
      return object.lastModified < before && (await finder.isOrphan(object))
    })
  }

  async #sweepListing(
    kind: SweepKind,
    prefix: string,
    startAfter: string | undefined,
    isLeft: (object: ObjectInfo) => Promise<boolean>,
  ): Promise<void> {
    const { store } = this.#context
    const { signal } = this.#options
    for await (const { objects } of store.list(prefix, { startAfter, signal }).pages()) {
      const remains: Remains[] = []
      for (const object of objects) {
        const { key, size: bytes, lastModified: since } = object
        if (await isLeft(object)) {
          remains.push({ kind, key, bytes, since, remove: () => store.delete(object, { signal }) })
        }
      }
      this.#seen += objects.length
      await this.#handle(remains)
      const last = objects.at(-1)
      if (last) this.#tell(kind, `${kind}:${last.key}`)
    }
  }

  async #handle(remains: readonly Remains[]): Promise<void> {
    for (let from = 0; from < remains.length; from += DELETES_AT_ONCE) {
      await Promise.all(remains.slice(from, from + DELETES_AT_ONCE).map((each) => this.#handleOne(each)))
    }
  }

  async #handleOne({ kind, key, bytes, since, remove }: Remains): Promise<void> {
    const { signal, onFinding } = this.#options
    this.#found[kind]++
    this.#bytes += bytes ?? 0
    const tell = (outcome: SweepFinding['outcome'], cause?: unknown) =>
      onFinding?.({ kind, key, bytes, since, outcome, cause })
    if (this.#mode === 'report') {
      tell('found')
      return
    }
    try {
      await remove()
    } catch (cause) {
      signal?.throwIfAborted()
      this.#failed++
      tell('failed', cause)
      return
    }
    this.#deleted++
    tell('deleted')
  }

  #momentBefore(milliseconds: number): Date {
    const { graceSeconds = 3600 } = this.#options
    return new Date(this.#now.getTime() - milliseconds - graceSeconds * 1000)
  }

  #tell(kind: SweepKind, cursor: string): void {
    this.#options.onProgress?.({ kind, seen: this.#seen, cursor })
  }
}
