import { describe, expect, it } from 'vitest'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import {
  type Capability,
  type Clause,
  type ConformanceHarness,
  checkClause,
  conformanceClauses,
  type Departure,
  describeConformance,
  LAYOUTS,
} from '../../src/testing/index.js'
import { BROKEN_DRIVERS } from './broken-drivers.js'

const clauses = conformanceClauses()
const [bare, prefixed] = LAYOUTS as [(typeof LAYOUTS)[0], (typeof LAYOUTS)[0]]

function clauseNamed(name: string): Clause {
  const clause = clauses.find((candidate) => candidate.name === name)
  if (!clause) throw new Error(`expected a clause named ${name}`)
  return clause
}

function harnessOf(make: () => MemoryDriver | ReturnType<(typeof BROKEN_DRIVERS)[0]['make']>): ConformanceHarness {
  return { name: 'under test', open: async () => ({ driver: make(), bucket: 'b', close: async () => {} }) }
}

function departing(...departures: Departure[]): ConformanceHarness {
  return { ...harnessOf(() => new MemoryDriver()), departures }
}

/** What a runner would show and run. */
function collect(harness: ConformanceHarness): { suites: string[]; tests: Map<string, () => Promise<void>> } {
  const suites: string[] = []
  const tests = new Map<string, () => Promise<void>>()
  describeConformance(
    {
      describe: (name, body) => {
        suites.push(name)
        body()
      },
      it: (name, body) => tests.set(`${suites.at(-1)} > ${name}`, body),
    },
    harness,
  )
  return { suites, tests }
}

describe('the suite notices a driver that', () => {
  it.each(BROKEN_DRIVERS)('$flaw', async ({ make, caughtBy }) => {
    const clause = clauseNamed(caughtBy)
    await expect(checkClause(clause, harnessOf(make), bare)).rejects.toThrow()
    await expect(
      checkClause(
        clause,
        harnessOf(() => new MemoryDriver()),
        bare,
      ),
    ).resolves.toBeUndefined()
  })

  it('reads what others wrote, also below a prefix', async () => {
    const flawed = BROKEN_DRIVERS.filter(({ flaw }) => flaw === 'matches siblings' || flaw === 'decodes keys')
    expect(flawed).toHaveLength(2)
    for (const { make, caughtBy } of flawed) {
      await expect(checkClause(clauseNamed(caughtBy), harnessOf(make), prefixed)).rejects.toThrow()
    }
  })
})

describe('the suite', () => {
  it('makes one test of every clause in every layout', () => {
    const { suites, tests } = collect(departing())
    expect(suites).toEqual(['under test, bare', 'under test, under a prefix'])
    expect(tests.size).toBe(clauses.length * LAYOUTS.length)
  })

  it('gives every clause a name of its own', () => {
    const names = clauses.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  it('shows a departure with its reason, and holds it to being reported as unsupported', async () => {
    const { tests } = collect(departing({ capability: 'public-url', reason: 'memory has no address' }))
    const shown = [...tests].filter(([name]) => name.includes('memory has no address'))
    expect(shown).toHaveLength(4)
    for (const [name, run] of shown) {
      expect(name).toContain('departs from "gives ')
      await expect(run()).resolves.toBeUndefined()
    }
  })

  it('fails a departure that the driver does not make', async () => {
    const harness = departing({ capability: 'write', reason: 'out of date' })
    await expect(checkClause(clauseNamed('stores an empty body'), harness, bare)).rejects.toThrow(
      'remove the departure "write"',
    )
  })

  it('fails a departure that shows itself in another way than declared', async () => {
    const clause = clauseNamed('creates an object once')
    const ignores = BROKEN_DRIVERS.find(({ flaw }) => flaw === 'ignores the create mode')
    if (!ignores) throw new Error('expected that driver')
    const declared = { capability: 'conditional-write', reason: 'the service ignores If-None-Match' } as const
    const silent = { ...harnessOf(ignores.make), departures: [declared] }
    await expect(checkClause(clause, silent, bare)).rejects.toThrow('to be reported as a StoreError "unsupported"')
    const open = { ...silent, departures: [{ ...declared, shows: 'difference' } as const] }
    await expect(checkClause(clause, open, bare)).resolves.toBeUndefined()
  })

  it('fails a clause that needs a fetch which the harness lacks', async () => {
    const driver = new MemoryDriver()
    driver.signedUrl = (async () => 'https://memory.example/signed') as unknown as MemoryDriver['signedUrl']
    const clause = clauseNamed('lets anyone read who holds the address')
    await expect(
      checkClause(
        clause,
        harnessOf(() => driver),
        bare,
      ),
    ).rejects.toMatchObject({ code: 'unsupported' })
  })

  it.each<[string, Departure[]]>([
    ['an unknown capability', [{ capability: 'teleport' as Capability, reason: 'x' }]],
    [
      'two for one capability',
      [
        { capability: 'write', reason: 'x' },
        { capability: 'write', reason: 'y' },
      ],
    ],
    ['an empty reason', [{ capability: 'write', reason: ' ' }]],
  ])('refuses departures with %s', (_what, departures) => {
    expect(() => collect(departing(...departures))).toThrow(/expected .*; received/)
  })

  it('cleans up after a clause that failed', async () => {
    let closed = 0
    const harness = {
      ...harnessOf(() => new MemoryDriver()),
      open: async () => ({
        driver: new MemoryDriver({ bucket: 'another' }),
        bucket: 'b',
        close: async () => void closed++,
      }),
    }
    await expect(checkClause(clauseNamed('stores an empty body'), harness, bare)).rejects.toThrow()
    expect(closed).toBe(1)
  })

  it('runs under node:test too', async () => {
    const { describe: describeNode, it: itNode } = await import('node:test')
    const fits: Parameters<typeof describeConformance>[0] = { describe: describeNode, it: itNode }
    expect(fits).toBeDefined()
  })
})
