import assert from 'node:assert/strict'
import { StoreError } from '../errors.js'
import type { Clause } from './clause.js'
import { addressClauses } from './clauses/addresses.js'
import { cancelClauses } from './clauses/cancel.js'
import { conditionalClauses } from './clauses/conditional.js'
import { copyClauses } from './clauses/copy.js'
import { deleteClauses } from './clauses/delete.js'
import { errorClauses } from './clauses/errors.js'
import { keyClauses } from './clauses/keys.js'
import { listClauses } from './clauses/list.js'
import { metadataClauses } from './clauses/metadata.js'
import { multipartClauses } from './clauses/multipart.js'
import { presignedClauses } from './clauses/presigned.js'
import { rangeClauses, readClauses } from './clauses/read.js'
import { streamClauses } from './clauses/streams.js'
import { writeClauses } from './clauses/write.js'
import { type ConformanceHarness, contextOf, type Departure, LAYOUTS, type Layout } from './harness.js'

/** The contract between stores and drivers, clause by clause. */
export function conformanceClauses(): readonly Clause[] {
  return [
    ...writeClauses,
    ...streamClauses,
    ...readClauses,
    ...rangeClauses,
    ...keyClauses,
    ...listClauses,
    ...deleteClauses,
    ...copyClauses,
    ...conditionalClauses,
    ...metadataClauses,
    ...multipartClauses,
    ...cancelClauses,
    ...errorClauses,
    ...addressClauses,
    ...presignedClauses,
  ]
}

/** The part of a test runner that the suite needs: vitest's and node:test's own functions fit. */
export interface TestRunner {
  /** A group of tests. */
  describe(name: string, body: () => void): unknown
  /** One test; it fails where `body` rejects. */
  it(name: string, body: () => Promise<void>): unknown
}

/**
 * Makes one test of every clause, bare and under a prefix.
 *
 * A departed clause is a test too. It carries the reason in its name, and holds only while the driver really departs.
 *
 * ```ts
 * import { describe, it } from 'vitest'
 * describeConformance({ describe, it }, { name: 'memory', open, departures })
 * ```
 */
export function describeConformance({ describe, it }: TestRunner, harness: ConformanceHarness): void {
  const clauses = conformanceClauses()
  checkDepartures(harness, clauses)
  for (const layout of LAYOUTS) {
    describe(`${harness.name}, ${layout.name}`, () => {
      for (const clause of clauses) {
        const departure = departureOf(harness, clause)
        const name = departure ? `departs from "${clause.name}": ${departure.reason}` : clause.name
        it(name, () => checkClause(clause, harness, layout))
      }
    })
  }
}

/** Tries one clause in an empty bucket. Rejects where it is not kept, or where a declared departure is not shown. */
export async function checkClause(clause: Clause, harness: ConformanceHarness, layout: Layout): Promise<void> {
  const opened = await harness.open()
  try {
    const run = clause.run(contextOf(harness, opened, layout))
    const departure = departureOf(harness, clause)
    await (departure ? expectDeparture(departure, run) : run)
  } finally {
    await opened.close()
  }
}

function departureOf(harness: ConformanceHarness, clause: Clause): Departure | undefined {
  return harness.departures?.find(({ capability }) => capability === clause.capability)
}

async function expectDeparture({ capability, shows = 'unsupported' }: Departure, run: Promise<void>): Promise<void> {
  const seen = await run.then(
    () => assert.fail(`the driver keeps this clause: remove the departure "${capability}"`),
    (error: unknown) => error,
  )
  if (shows === 'difference') return
  assert.ok(
    StoreError.is(seen, 'unsupported'),
    `expected the departure "${capability}" to be reported as a StoreError "unsupported"; received ${String(seen)}`,
  )
}

function checkDepartures({ departures = [] }: ConformanceHarness, clauses: readonly Clause[]): void {
  const known = new Set(clauses.map((clause) => clause.capability))
  const named = new Set<string>()
  for (const { capability, reason } of departures) {
    assert.ok(
      known.has(capability),
      `expected a departure from one of ${[...known].join(', ')}; received ${capability}`,
    )
    assert.ok(!named.has(capability), `expected one departure for each capability; received two for ${capability}`)
    assert.ok(reason.trim() !== '', `expected a reason for the departure ${capability}; received an empty one`)
    named.add(capability)
  }
}
