import {
  type SweepFinding as FindingOf,
  type SweepOptions as OptionsOf,
  type SweepPlace as PlaceOf,
  type SweepProgress as ProgressOf,
  type SweepReport as ReportOf,
  StoreError,
  type SweepMode,
  sweep as sweepStore,
  type TemporaryKind,
} from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { TOMBSTONE_MILLISECONDS } from '../pointer/pointer.js'
import { OrphanFinder } from './orphan-finder.js'
import { isOwnOriginal, isOwnTemporary } from './own-keys.js'

export type { SweepMode }

/**
 * What there is to sweep, in the order in which it is looked for: originals, previews and marks of sessions that are
 * over; uploads in parts that nobody finished; pictures that no pointer names.
 */
export type SweepKind = TemporaryKind | 'orphan'

/** One thing that was left behind, and what became of it. */
export type SweepFinding = FindingOf<SweepKind>

/** How far a sweep has come. */
export type SweepProgress = ProgressOf<SweepKind>

/** What counts as left behind, and whom to tell. */
export type SweepOptions = OptionsOf<SweepKind>

/** What a sweep found, and what it did about it. */
export type SweepReport = ReportOf<SweepKind>

/**
 * Finds, and deletes, what crashes and people who went away have left behind. Safe beside everything else: no token can
 * lead to anything that it deletes.
 */
export async function sweep(context: CropperContext, mode: SweepMode, options: SweepOptions): Promise<SweepReport> {
  const { store, settings } = context
  const neededSeconds = settings.sessionSeconds
  const places: readonly PlaceOf<SweepKind>[] = [
    { kind: 'temporary', of: 'objects', prefix: 'tmp/', neededSeconds, isLeft: ({ key }) => isOwnTemporary(key) },
    {
      kind: 'unfinished-upload',
      of: 'unfinished-uploads',
      prefix: 'tmp/avatars/',
      neededSeconds,
      isLeft: ({ key }) => isOwnOriginal(key),
    },
    orphanPlace(context, options.signal),
  ]
  try {
    return await sweepStore(store, { places, onLeftover: settings.onLeftover }, mode, options)
  } catch (error) {
    if (StoreError.is(error, 'invalid-argument') && error.operation === 'sweep') {
      throw new CropperError('invalid-request', error.message, { cause: error })
    }
    throw error
  }
}

function orphanPlace(context: CropperContext, signal: AbortSignal | undefined): PlaceOf<SweepKind> {
  const { finals } = context.settings.layout
  if (!finals) {
    const cause = new Error('the layout has no `finals`, which tell its own keys')
    return { kind: 'orphan', of: 'nothing', cause }
  }
  const finder = new OrphanFinder(context, finals, signal)
  return {
    kind: 'orphan',
    of: 'objects',
    prefix: finals.prefix,
    // A token lives for less than a tombstone: what is older can no longer be shown by anybody's save.
    neededSeconds: TOMBSTONE_MILLISECONDS / 1000,
    isLeft: (object) => finder.isOrphan(object),
  }
}
