import { type Capability, checkClause, conformanceClauses, LAYOUTS } from '@bucket-brigade/core/testing'
import { describe, it } from 'vitest'
import { DiskServer } from '../disk-server.js'

const OVER_HTTP: readonly Capability[] = [
  'public-url',
  'signed-url',
  'presigned-post',
  'presigned-put',
  'presigned-create',
  'presigned-part',
]

const harness = {
  name: 'disk behind diskObjects()',
  fetch,
  open: async () => {
    const server = await DiskServer.start()
    return { driver: server.driver, bucket: 'conformance', close: () => server.stop() }
  },
}

/** What the contract says about addresses. The rest of it is held by the disk driver's own tests. */
const clauses = conformanceClauses().filter(({ capability }) => OVER_HTTP.includes(capability))

describe.each(LAYOUTS)('disk objects over HTTP, $name', (layout) => {
  it.concurrent.each(clauses)('$name', (clause) => checkClause(clause, harness, layout), 30_000)
})
