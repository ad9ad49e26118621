import type { Cancellable, ObjectInfo, UnfinishedUpload } from '../contract/driver.js'
import { DriverError, named, StoreError, show } from '../errors.js'
import type { BucketStore } from '../store/bucket-store.js'
import { checkInteger, checkOneOf } from '../values/option-checks.js'
import { readServiceClock, type ServiceClockOptions } from './service-clock.js'

/** `report` only says what `delete` would delete. */
export type SweepMode = 'report' | 'delete'

/** What is left behind below `tmp/`: objects, and uploads in parts that nobody finished. */
export type TemporaryKind = 'temporary' | 'unfinished-upload'

/** One thing that was left behind, and what became of it. */
export interface SweepFinding<Kind extends string = TemporaryKind> {
  readonly kind: Kind
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
export interface SweepProgress<Kind extends string = TemporaryKind> {
  readonly kind: Kind
  /** Objects and uploads that were looked at so far. */
  readonly seen: number
  /** Hand it to `resumeAfter`, to go on from here. */
  readonly cursor: string
}

/** What counts as left behind, and whom to tell. */
export interface SweepOptions<Kind extends string = TemporaryKind> extends Cancellable {
  /** Time beyond the end of a session until anything of it is taken for left behind, 300 to 2592000. Default 3600. */
  readonly graceSeconds?: number | undefined
  /** Where an earlier sweep was: the last `cursor` that it told. Default: from the beginning. */
  readonly resumeAfter?: string | undefined
  /** Told of everything that was left behind, once it is known what became of it. */
  readonly onFinding?: ((finding: SweepFinding<Kind>) => void) | undefined
  /** Told after every page of at most 1000. */
  readonly onProgress?: ((progress: SweepProgress<Kind>) => void) | undefined
}

/** What a sweep found, and what it did about it. */
export interface SweepReport<Kind extends string = TemporaryKind> {
  readonly mode: SweepMode
  /** By the service's clock. */
  readonly startedAt: Date
  readonly seen: number
  readonly found: Readonly<Record<Kind, number>>
  /** Bytes of what was found. */
  readonly bytes: number
  readonly deleted: number
  readonly failed: number
  /** Kinds that could not be looked for, and why: a right that is missing, or nothing that says which keys are whose. */
  readonly skipped: readonly { readonly kind: Kind; readonly cause: unknown }[]
}

/** Below which prefix things of one kind are left behind, and when. */
export interface SweptPrefix<Kind extends string = TemporaryKind> {
  readonly kind: Kind
  readonly prefix: string
  /** How long anybody may still need it; the grace comes on top. */
  readonly neededSeconds: number
}

/** Objects below a prefix. */
export interface SweptObjects<Kind extends string = TemporaryKind> extends SweptPrefix<Kind> {
  readonly of: 'objects'
  /** Whose it is, and whether it may go. Asked of those that are old enough, one after another. */
  readonly isLeft: (object: ObjectInfo) => boolean | Promise<boolean>
}

/** Uploads in parts below a prefix. */
export interface SweptUploads<Kind extends string = TemporaryKind> extends SweptPrefix<Kind> {
  readonly of: 'unfinished-uploads'
  /** The same. */
  readonly isLeft: (upload: UnfinishedUpload) => boolean
}

/** What cannot be looked for, and why. */
export interface NothingSwept<Kind extends string = TemporaryKind> {
  readonly of: 'nothing'
  readonly kind: Kind
  readonly cause: unknown
}

/** Where things of one kind are left behind, and which of them nobody needs any more. */
export type SweepPlace<Kind extends string = TemporaryKind> =
  | SweptObjects<Kind>
  | SweptUploads<Kind>
  | NothingSwept<Kind>

/** What a package sweeps. */
export interface SweepPlan<Kind extends string = TemporaryKind> extends Pick<ServiceClockOptions, 'onLeftover'> {
  /** In the order in which they are swept: one for each kind. */
  readonly places: readonly SweepPlace<Kind>[]
}

const DELETES_AT_ONCE = 16

/**
 * Finds, and deletes, what crashes and people who went away have left behind, by the service's clock. Holds one page at
 * a time.
 *
 * This is the mechanism: which keys are whose, and for how long anybody needs them, is known to the package that wrote them.
 *
 * @throws StoreError `invalid-argument`, and what writing and listing throw
 */
export async function sweep<Kind extends string>(
  store: BucketStore,
  { places, onLeftover }: SweepPlan<Kind>,
  mode: SweepMode,
  options: SweepOptions<Kind> = {},
): Promise<SweepReport<Kind>> {
  const { graceSeconds = 3600, resumeAfter, signal } = options
  const start = named('sweep', () => {
    checkOneOf('mode', mode, ['report', 'delete'])
    checkInteger('graceSeconds', graceSeconds, 300, 2_592_000)
    return resumeAfter === undefined ? undefined : readCursor(resumeAfter, places)
  })
  const now = await readServiceClock(store, { onLeftover, signal })
  const run = new SweepRun(store, mode, options, now)
  const first = start === undefined ? 0 : places.findIndex(({ kind }) => kind === start.kind)
  for (const [at, place] of places.entries()) {
    if (at >= first) await run.sweepPlace(place, at === first ? start?.key : undefined, places[at + 1]?.kind)
  }
  return run.report(places.map(({ kind }) => kind))
}

function readCursor<Kind extends string>(cursor: string, places: readonly SweepPlace<Kind>[]) {
  const kind = places.map((place) => place.kind).find((known) => cursor.startsWith(`${known}:`))
  if (kind === undefined) {
    throw new DriverError(
      'invalid-argument',
      `expected resumeAfter to be a cursor that a sweep has told; received ${show(cursor)}`,
    )
  }
  return { kind, key: cursor.slice(kind.length + 1) || undefined }
}

/** Something that is left behind, and how to be rid of it. */
interface Remains<Kind extends string> {
  readonly kind: Kind
  readonly key: string
  readonly bytes?: number
  readonly since: Date
  readonly remove: () => Promise<void>
}

class SweepRun<Kind extends string> {
  readonly #store: BucketStore
  readonly #mode: SweepMode
  readonly #options: SweepOptions<Kind>
  readonly #now: Date
  readonly #found = new Map<Kind, number>()
  readonly #skipped: { readonly kind: Kind; readonly cause: unknown }[] = []
  #seen = 0
  #bytes = 0
  #deleted = 0
  #failed = 0

  constructor(store: BucketStore, mode: SweepMode, options: SweepOptions<Kind>, now: Date) {
    this.#store = store
    this.#mode = mode
    this.#options = options
    this.#now = now
  }

  report(kinds: readonly Kind[]): SweepReport<Kind> {
    return {
      mode: this.#mode,
      startedAt: this.#now,
      seen: this.#seen,
      found: countsOf(kinds, this.#found),
      bytes: this.#bytes,
      deleted: this.#deleted,
      failed: this.#failed,
      skipped: this.#skipped,
    }
  }

  async sweepPlace(place: SweepPlace<Kind>, startAfter: string | undefined, next: Kind | undefined): Promise<void> {
    if (place.of === 'objects') return this.#sweepObjects(place, startAfter)
    if (place.of === 'unfinished-uploads') return this.#sweepUploads(place, next)
    this.#skipped.push({ kind: place.kind, cause: place.cause })
  }

  async #sweepObjects(place: SweptObjects<Kind>, startAfter: string | undefined): Promise<void> {
    const { kind, prefix, isLeft } = place
    const { signal } = this.#options
    const before = this.#momentBefore(place)
    for await (const { objects } of this.#store.list(prefix, { startAfter, signal }).pages()) {
      const remains: Remains<Kind>[] = []
      for (const object of objects) {
        const { key, size: bytes, lastModified: since } = object
        if (since < before && (await isLeft(object))) {
          remains.push({ kind, key, bytes, since, remove: () => this.#store.delete(object, { signal }) })
        }
      }
      this.#seen += objects.length
      await this.#handle(remains)
      const last = objects.at(-1)
      if (last) this.#tell(kind, `${kind}:${last.key}`)
    }
  }

  async #sweepUploads(place: SweptUploads<Kind>, next: Kind | undefined): Promise<void> {
    const { kind, prefix, isLeft } = place
    const { signal } = this.#options
    const before = this.#momentBefore(place)
    try {
      const uploads = await this.#store.unfinishedUploads(prefix, { signal })
      this.#seen += uploads.length
      const left = uploads.filter((upload) => upload.initiated < before && isLeft(upload))
      await this.#handle(
        left.map(({ key, uploadId, initiated }) => ({
          kind,
          key,
          since: initiated,
          remove: async () => (await this.#store.multipart(key, { uploadId, signal })).abort({ signal }),
        })),
      )
    } catch (cause) {
      if (!StoreError.is(cause, 'permission-denied', 'unsupported')) throw cause
      this.#skipped.push({ kind, cause })
    }
    // There is no going on in the middle of these.
    this.#tell(kind, `${next ?? kind}:`)
  }

  async #handle(remains: readonly Remains<Kind>[]): Promise<void> {
    for (let from = 0; from < remains.length; from += DELETES_AT_ONCE) {
      await Promise.all(remains.slice(from, from + DELETES_AT_ONCE).map((each) => this.#handleOne(each)))
    }
  }

  async #handleOne({ kind, key, bytes, since, remove }: Remains<Kind>): Promise<void> {
    const { signal, onFinding } = this.#options
    this.#found.set(kind, (this.#found.get(kind) ?? 0) + 1)
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

  #momentBefore({ neededSeconds }: SweptPrefix<Kind>): Date {
    const { graceSeconds = 3600 } = this.#options
    return new Date(this.#now.getTime() - (neededSeconds + graceSeconds) * 1000)
  }

  #tell(kind: Kind, cursor: string): void {
    this.#options.onProgress?.({ kind, seen: this.#seen, cursor })
  }
}

/** One number for each kind, also where nothing was found: which is what the type says of entries made from all kinds. */
function countsOf<Kind extends string>(kinds: readonly Kind[], found: ReadonlyMap<Kind, number>) {
  return Object.fromEntries(kinds.map((kind) => [kind, found.get(kind) ?? 0])) as Record<Kind, number>
}
