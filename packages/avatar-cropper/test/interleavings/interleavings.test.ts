import type { StorageDriver } from '@bucket-brigade/core'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { deletingFirst, forgettingRemovals, ignoringConditions, losingPictures } from './impairments.js'
import { type ActName, type PastName, type Pictures, setScene } from './scenes.js'
import type { SearchCount } from './search.js'
import { Troupe } from './trial.js'

vi.mock(import('@bucket-brigade/images'), async (load) => {
  const [images, { rememberPictures }] = await Promise.all([load(), import('./remember-pictures.js')])
  return { ...images, renderImage: rememberPictures(images.renderImage) }
})
// Schedules know no time: whoever tries again does so when it is their turn.
vi.mock(import('node:timers/promises'), async (load) => ({
  ...(await load()),
  setTimeout: async () => undefined as never,
}))

/** Lifts every bound, for an hour or more: `BRIGADE_SCHEDULES=all npx vitest run --project unit <this file>`. */
const EVERYTHING = process.env.BRIGADE_SCHEDULES === 'all'

interface Trial {
  readonly acts: readonly ActName[]
  /** How often somebody may be kept waiting, where there are more schedules than a test should take. */
  readonly preemptions?: number
}

interface Cast {
  readonly past: PastName
  readonly pictures: Pictures
  readonly acts: readonly ActName[]
}

/** Each act meets each, itself included. */
const CASTS: readonly Cast[] = [
  {
    past: 'nothing was saved',
    pictures: 'one',
    acts: ['save first', 'save first again', 'save claimed', 'remove first', 'claim', 'forget', 'sweep'],
  },
  {
    past: 'two were saved',
    pictures: 'one',
    acts: ['save first again', 'save fresh', 'select first', 'remove second', 'prune 0', 'list', 'claim', 'forget'],
  },
  {
    past: 'two were saved',
    pictures: 'two',
    acts: ['save first again', 'save fresh', 'select first', 'remove first', 'remove second', 'prune 0', 'list'],
  },
  {
    past: 'the list is full, and the first of two is the oldest',
    pictures: 'one',
    acts: ['save fresh', 'save claimed', 'save first again', 'select first', 'remove first'],
  },
  {
    past: 'a prune died before it deleted pictures',
    pictures: 'one',
    acts: ['save first again', 'save fresh', 'remove first', 'prune 0', 'forget'],
  },
  {
    past: 'a forget died before it deleted anything',
    pictures: 'one',
    acts: ['save fresh', 'select first', 'claim', 'forget', 'sweep'],
  },
  {
    past: 'two were saved yesterday, when a third save died before the pointer',
    pictures: 'one',
    acts: ['save fresh', 'select first', 'remove first', 'prune 0', 'claim', 'forget', 'sweep'],
  },
]

const TRIPLES: readonly (Trial & Pick<Cast, 'past'>)[] = [
  { past: 'two were saved', acts: ['save fresh', 'remove first', 'prune 0'] },
  { past: 'two were saved', acts: ['save first again', 'remove first', 'select first'] },
  { past: 'two were saved', acts: ['save fresh', 'select first', 'remove second'] },
  { past: 'two were saved', acts: ['save fresh', 'save claimed', 'prune 0'], preemptions: 2 },
  { past: 'two were saved', acts: ['save fresh', 'select first', 'forget'], preemptions: 1 },
  { past: 'two were saved', acts: ['save fresh', 'forget', 'forget'], preemptions: 1 },
  { past: 'nothing was saved', acts: ['save first', 'save first again', 'save claimed'], preemptions: 1 },
  { past: 'nothing was saved', acts: ['save first', 'claim', 'forget'], preemptions: 1 },
  {
    past: 'two were saved yesterday, when a third save died before the pointer',
    acts: ['save fresh', 'prune 0', 'sweep'],
    preemptions: 1,
  },
]

/** They list and delete so much that two of them have tens of thousands of schedules. */
const LONG: ReadonlySet<ActName> = new Set(['forget', 'sweep'])

function pairsOf(acts: readonly ActName[]): readonly Trial[] {
  return acts.flatMap((one, at) =>
    acts.slice(at).map((other) => ({
      acts: [one, other],
      ...(LONG.has(one) && LONG.has(other) && { preemptions: 1 }),
    })),
  )
}

let troupe: Troupe
beforeAll(async () => {
  troupe = await Troupe.open()
})
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Prints how much was tried. */
async function tryEach(past: PastName, pictures: Pictures, trials: readonly Trial[]): Promise<void> {
  const scene = await setScene(past, pictures)
  for (const bounded of [false, true]) {
    const counts: SearchCount[] = []
    for (const { acts, preemptions } of trials) {
      const isBounded = preemptions !== undefined && !EVERYTHING
      if (isBounded === bounded) counts.push(await troupe.tryAll(scene, acts, isBounded ? { preemptions } : {}))
    }
    if (counts.length === 0) continue
    const sum = (field: keyof SearchCount) => counts.reduce((total, count) => total + count[field], 0)
    const what = counts.length === 1 ? trials.map(({ acts }) => acts.join(' + ')).at(-1) : `${counts.length} pairs`
    console.log(
      `${past}; ${pictures} per avatar; ${what}, ${bounded ? 'bounded' : 'every schedule'}: ` +
        `${sum('schedules')} schedules, ${sum('cut')} more left half-way, ${sum('requests')} requests`,
    )
  }
}

const timeout = EVERYTHING ? 24 * 3_600_000 : 600_000

describe('what is done at once comes to what one after the other would', { retry: 0 }, () => {
  it.each(CASTS)('by two, where $past; $pictures per avatar', { timeout }, ({ past, pictures, acts }) =>
    tryEach(past, pictures, pairsOf(acts)),
  )

  it.each(TRIPLES)('by three: $acts, where $past', { timeout }, ({ past, ...trial }) => tryEach(past, 'one', [trial]))
})

interface Flaw extends Pick<Trial, 'acts'> {
  readonly what: string
  /** Default: two were saved. */
  readonly past?: PastName
  readonly impaired: (driver: StorageDriver) => StorageDriver
  readonly found: RegExp
}

describe('what would be wrong is found', () => {
  it.each<Flaw>([
    {
      what: 'a service that ignores If-Match',
      acts: ['save fresh', 'save claimed'],
      impaired: ignoringConditions,
      found: /took effect twice|revision \d+ follows|one after the other/,
    },
    {
      what: 'removals that leave no tombstone',
      acts: ['save first again', 'remove first'],
      impaired: forgettingRemovals,
      found: /the pointer names what is not there/,
    },
    {
      what: 'avatars that are pushed out and leave no tombstone',
      past: 'the list is full, and the first of two is the oldest',
      acts: ['save first again', 'save fresh'],
      impaired: forgettingRemovals,
      found: /the pointer names what is not there/,
    },
    {
      what: 'pictures that are deleted before the pointer is swapped',
      acts: ['select first', 'prune 0'],
      impaired: deletingFirst,
      found: /the pointer names what is not there/,
    },
    {
      what: 'a save that shows its avatar before its pictures are there',
      acts: ['save fresh', 'list'],
      impaired: losingPictures,
      found: /the pointer names what is not there/,
    },
  ])('$what', async ({ past = 'two were saved', acts, impaired, found }) => {
    const scene = await setScene(past, 'one')
    await expect(troupe.tryAll(scene, acts, { impaired })).rejects.toThrow(found)
  })
})
