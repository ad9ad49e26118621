import { describe, expect, it, vi } from 'vitest'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import {
  type Clause,
  type ConformanceHarness,
  checkClause,
  conformanceClauses,
  LAYOUTS,
  type Layout,
} from '../../src/testing/index.js'
import { memoryDepartures } from '../drivers/departures.js'
import { AddressedMemory, BROKEN_PUBLIC_ADDRESSES } from './broken-addresses.js'
import { BROKEN_DRIVERS, type BrokenDriver } from './broken-drivers.js'
import { SUBTLY_BROKEN_DRIVERS } from './subtly-broken-drivers.js'

const bare = LAYOUTS[0] as Layout

// Each tries dozens of drivers.
vi.setConfig({ testTimeout: 300_000 })

/**
 * Memory has no addresses. Public ones are tried apart, below; signed ones over HTTP, against broken services, in
 * packages/express/test/disk-objects/broken-services.test.ts.
 */
const ADDRESSES = new Set(memoryDepartures.map(({ capability }) => capability))

/** What the store settles before any driver hears of it, so that no driver can break it, and why. To shrink, not to grow. */
const KEPT_BY_THE_STORE: Readonly<Record<string, string>> = {
  'refuses ranges that are none': 'ranges are checked before the call',
  'refuses what is no key, in every verb': 'keys are parsed before the call',
  'refuses a prefix that does not end in a slash': 'prefixes are parsed before the call',
  'refuses page sizes and delimiters that are none': 'page sizes are checked before the call',
  'refuses to delete below a prefix that does not end in a slash': 'prefixes are parsed before the call',
  'refuses modes that are none': 'modes are checked before the call',
  'refuses metadata names that are none, or differ only in case': 'names are checked before the call',
  'refuses attributes that no header can carry': 'attributes are checked before the call',
  'refuses part numbers that are none': 'part numbers are checked before the call',
  'refuses lifetimes of signed addresses that are none': 'lifetimes are checked before the call',
  'refuses presigned uploads without a type or a sensible size': 'types and sizes are checked before the call',
  'shows control characters in messages escaped': 'such a key is refused before the call',
  'rejects with an AbortError where no other reason is given': 'an aborted signal ends the call before the driver',
  'cancels a short stream of unknown length, and leaves what was there': 'the driver gets the bytes after the end only',
  'ends an opened body': 'the store wraps every body and ends it itself',
  'ends a listing between two pages': 'the signal is looked at before every page',
}

/** These fail much by the way, which says nothing about the single clause: they count for the one they were made for. */
const BROAD = ['does not say why', 'stores the whole buffer', 'lists from the root']

const drivers = [...SUBTLY_BROKEN_DRIVERS, ...BROKEN_DRIVERS]
const telling = drivers.filter(({ flaw }) => !BROAD.includes(flaw))
const clauses = conformanceClauses().filter(({ capability }) => !ADDRESSES.has(capability))

function harnessOf(make: BrokenDriver['make']): ConformanceHarness {
  return { name: 'under test', open: async () => ({ driver: make(), bucket: 'b', close: async () => {} }) }
}

async function isFailed(clause: Clause, { make }: Pick<BrokenDriver, 'make'>): Promise<boolean> {
  return checkClause(clause, harnessOf(make), bare).then(
    () => false,
    () => true,
  )
}

/** Those made for the clause come first, then the one that failed its neighbour. */
async function catchingDriver(clause: Clause, last: BrokenDriver | undefined): Promise<BrokenDriver | undefined> {
  const made = drivers.filter(({ caughtBy }) => caughtBy === clause.name)
  for (const driver of new Set([...made, ...(last ? [last] : []), ...telling])) {
    if (await isFailed(clause, driver)) return driver
  }
  return undefined
}

describe('the suite notices a driver that', () => {
  it.each(SUBTLY_BROKEN_DRIVERS)('$flaw', async (driver) => {
    const clause = clauses.find(({ name }) => name === driver.caughtBy)
    if (!clause) throw new Error(`expected a clause named ${driver.caughtBy}`)
    expect(await isFailed(clause, driver)).toBe(true)
    expect(await isFailed(clause, { make: () => new MemoryDriver() })).toBe(false)
  })
})

describe('every clause', () => {
  it('about public addresses is failed by a driver whose addresses are wrong', async () => {
    const clausesOfAddresses = conformanceClauses().filter(({ capability }) => capability === 'public-url')
    for (const clause of clausesOfAddresses) {
      const broken = BROKEN_PUBLIC_ADDRESSES.find(({ caughtBy }) => caughtBy === clause.name)
      if (!broken) throw new Error(`expected a driver that breaks: ${clause.name}`)
      expect(await isFailed(clause, broken)).toBe(true)
      expect(await isFailed(clause, { make: () => new AddressedMemory() })).toBe(false)
    }
  })

  it('is failed by a driver that breaks its promise, and kept by a sound one', async () => {
    const neverFailed: string[] = []
    const failedBySound: string[] = []
    let last: BrokenDriver | undefined
    for (const clause of clauses.filter(({ name }) => !(name in KEPT_BY_THE_STORE))) {
      const driver = await catchingDriver(clause, last)
      if (driver) last = BROAD.includes(driver.flaw) ? last : driver
      else neverFailed.push(clause.name)
      if (await isFailed(clause, { make: () => new MemoryDriver() })) failedBySound.push(clause.name)
    }
    expect({ neverFailed, failedBySound }).toEqual({ neverFailed: [], failedBySound: [] })
  })

  it.each(Object.keys(KEPT_BY_THE_STORE))('that the store keeps itself is still one: %s', async (name) => {
    const clause = clauses.find((candidate) => candidate.name === name)
    if (!clause) throw new Error(`expected a clause named ${name}: take it off the list`)
    const failing: string[] = []
    for (const driver of telling) if (await isFailed(clause, driver)) failing.push(driver.flaw)
    expect(failing, 'a driver breaks it after all: take it off the list').toEqual([])
  })
})
