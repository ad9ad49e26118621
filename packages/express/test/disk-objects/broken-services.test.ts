import { type Clause, checkClause, LAYOUTS, type Layout } from '@bucket-brigade/core/testing'
import { describe, expect, it } from 'vitest'
import { DiskServer } from '../disk-server.js'
import { addressClauses } from './address-clauses.js'

const bare = LAYOUTS[0] as Layout

/** Services that keep one promise less, each in front of the real one. */
const BROKEN_SERVICES: readonly { readonly flaw: string; readonly fetch: typeof fetch }[] = [
  {
    flaw: 'lets pass what it should refuse',
    fetch: async (...request) => {
      const reply = await fetch(...request)
      return reply.ok ? reply : new Response(null, { status: 200, headers: { etag: '"passed"' } })
    },
  },
  {
    flaw: 'knows no signature and refuses everything',
    fetch: async (...request) => {
      await (await fetch(...request)).arrayBuffer()
      return new Response('denied', { status: 403 })
    },
  },
  {
    flaw: 'says that it took an upload, and stores nothing',
    fetch: async (input, init) =>
      init?.method === 'PUT' || init?.method === 'POST' ? new Response(null, { status: 200 }) : fetch(input, init),
  },
]

/** What the store itself settles before any service is asked. */
const KEPT_BEFORE = new Set([
  'refuses lifetimes of signed addresses that are none',
  'refuses presigned uploads without a type or a sensible size',
])
/** They look at the address alone; packages/core/test/testing has drivers that break them. */
const clauses = addressClauses.filter(({ name, capability }) => capability !== 'public-url' && !KEPT_BEFORE.has(name))

async function isFailed(clause: Clause, brokenFetch: typeof fetch): Promise<boolean> {
  const open = async () => {
    const server = await DiskServer.start()
    return { driver: server.driver, bucket: 'conformance', close: () => server.stop() }
  }
  return checkClause(clause, { name: 'a broken service', fetch: brokenFetch, open }, bare).then(
    () => false,
    () => true,
  )
}

describe('the contract of addresses notices a broken service', () => {
  it.concurrent.each(clauses)('$name', async (clause) => {
    const failures = await Promise.all(BROKEN_SERVICES.map((service) => isFailed(clause, service.fetch)))
    expect(failures).toContain(true)
  })
})
