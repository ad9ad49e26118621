import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { createBucket } from '../../../../../test/services/buckets.js'
import { startGateway } from '../../../../../test/services/ceph.js'
import { S3Driver } from '../../../src/drivers/s3/index.js'
import { StoreError } from '../../../src/errors.js'
import { BucketStore } from '../../../src/store/bucket-store.js'

/** The same bucket through every gateway, as several servers see it. */
async function openServers(endpoints: readonly string[]): Promise<readonly BucketStore[]> {
  const cluster = inject('ceph')
  const name = await createBucket(cluster)
  return endpoints.map((endpoint) => {
    const driver = new S3Driver({ endpoint, region: cluster.region, credentials: cluster.credentials })
    onTestFinished(() => driver.close())
    return new (class extends BucketStore {
      readonly bucket = name
    })(driver)
  })
}

function serverOf(servers: readonly BucketStore[], index: number): BucketStore {
  return servers[index % servers.length] as BucketStore
}

async function outcomeOf(write: Promise<unknown>): Promise<string> {
  return write.then(
    () => 'written',
    (error: unknown) => {
      if (StoreError.is(error)) return error.code
      throw error
    },
  )
}

describe('racing writes on Ceph', { retry: 0, timeout: 600_000 }, () => {
  it('of one new key have one winner, and everybody else knows it', async () => {
    const servers = await openServers(inject('ceph').endpoints)
    const writes = Array.from({ length: 30 }, (_, index) =>
      outcomeOf(serverOf(servers, index).put('once', String(index), { mode: 'create' })),
    )
    const outcomes = await Promise.all(writes)
    expect(outcomes.filter((outcome) => outcome === 'written').length).toBeLessThanOrEqual(1)
    expect(outcomes.filter((outcome) => !['written', 'already-exists', 'outcome-unknown'].includes(outcome))).toEqual(
      [],
    )
    const winner = outcomes.indexOf('written')
    if (winner !== -1) expect(await text((await serverOf(servers, 0).get('once')).body)).toBe(String(winner))
  })

  it('of one version have at most one that knows it won, and none that is told otherwise did', async () => {
    const servers = await openServers(inject('ceph').endpoints)
    const { etag } = await serverOf(servers, 0).put('pointer', 'start')
    const bodies = Array.from({ length: 30 }, () => randomUUID())
    const outcomes = await Promise.all(
      bodies.map((body, index) =>
        outcomeOf(serverOf(servers, index).put('pointer', body, { mode: { ifMatch: etag } })),
      ),
    )
    const won = bodies.filter((_, index) => outcomes[index] === 'written')
    const unknown = bodies.filter((_, index) => outcomes[index] === 'outcome-unknown')
    const lost = outcomes.filter((outcome) => outcome === 'precondition-failed')
    expect(won.length).toBeLessThanOrEqual(1)
    expect(won.length + unknown.length + lost.length).toBe(bodies.length)
    const stored = await text((await serverOf(servers, 1).get('pointer')).body)
    expect([...won, ...unknown, 'start']).toContain(stored)
    if (won.length === 1) expect(stored).toBe(won[0])
  })

  it('a writer whose gateway dies learns that, and another gateway goes on', async () => {
    const cluster = inject('ceph')
    const dying = await startGateway(cluster)
    onTestFinished(dying.stop)
    const [first, second] = (await openServers([dying.endpoint, cluster.endpoints[0]])) as [BucketStore, BucketStore]
    const { etag } = await first.put('pointer', 'start')
    await dying.kill()
    expect(await outcomeOf(first.put('pointer', 'lost', { mode: { ifMatch: etag } }))).toMatch(
      /^(unavailable|outcome-unknown)$/,
    )
    expect(await outcomeOf(second.put('pointer', 'kept', { mode: { ifMatch: etag } }))).toBe('written')
    expect(await text((await second.get('pointer')).body)).toBe('kept')
  })
})
