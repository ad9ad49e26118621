import { checkClause, LAYOUTS } from '@bucket-brigade/core/testing'
import { describe, it } from 'vitest'
import { DiskServer } from '../disk-server.js'
import { addressClauses } from './address-clauses.js'

const harness = {
  name: 'disk behind diskObjects()',
  fetch,
  open: async () => {
    const server = await DiskServer.start()
    return { driver: server.driver, bucket: 'conformance', close: () => server.stop() }
  },
}

describe.each(LAYOUTS)('disk objects over HTTP, $name', (layout) => {
  it.concurrent.each(addressClauses)('$name', (clause) => checkClause(clause, harness, layout))
})
