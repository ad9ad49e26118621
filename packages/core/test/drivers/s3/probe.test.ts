import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Acl } from '../../../src/contract/driver.js'
import type { S3DriverOptions } from '../../../src/drivers/s3/index.js'
import { probeCapabilities, probeConditionalWrites, probeDirectUploads } from '../../../src/probe/probe.js'
import { BucketStore } from '../../../src/store/bucket-store.js'
import { type Habits, imitation } from './imitation-service.js'
import { startScriptedService } from './scripted-service.js'

interface Situation extends Habits {
  readonly options?: S3DriverOptions
  readonly acl?: Acl
}

async function storeOn({ options, acl, ...habits }: Situation): Promise<BucketStore> {
  const service = await startScriptedService(imitation(habits))
  onTestFinished(() => service.stop())
  return new (class extends BucketStore {
    readonly bucket = 'pictures'
    override readonly acl = acl
  })(service.driver(options))
}

describe('the probe of a service that', () => {
  it('is as S3 should be finds nothing wrong', async () => {
    const expiresAt = new Date('2030-01-02T00:00:00Z')
    const store = await storeOn({
      expiresAt,
      origin: 'https://www.example.com',
      options: { conditionalDelete: 'supported' },
    })
    const report = await probeCapabilities(store, { fetch, origin: 'https://www.example.com' })
    expect(report).toMatchObject({
      createIfAbsent: { outcome: 'honoured' },
      ifMatch: { outcome: 'honoured', etagForm: 'quoted' },
      conditionalDelete: { outcome: 'honoured' },
      presignedPost: { outcome: 'honoured' },
      cors: { outcome: 'honoured' },
      lifecycle: { outcome: 'honoured', detail: expect.stringContaining('2030-01-02') },
      listOrder: { outcome: 'honoured' },
      clock: { outcome: 'honoured', skewInSeconds: 0 },
      delete: { outcome: 'honoured' },
      leftovers: [],
    })
    expect(await store.list().toArray()).toEqual([])
  })

  it('ignores conditions finds that out, though every answer is a success', async () => {
    const store = await storeOn({ conditions: 'ignored', options: { conditionalDelete: 'supported' } })
    const report = await probeCapabilities(store)
    expect([report.createIfAbsent.outcome, report.ifMatch.outcome, report.conditionalDelete.outcome]).toEqual([
      ...['ignored', 'ignored', 'ignored'],
    ])
    for (const finding of [report.createIfAbsent, report.ifMatch, report.conditionalDelete]) {
      expect(finding.cure).toBeTruthy()
    }
  })

  it('wants ETags without quotes says so', async () => {
    const { ifMatch } = await probeConditionalWrites(await storeOn({ etags: 'unquoted' }))
    expect(ifMatch).toMatchObject({ outcome: 'honoured', etagForm: 'unquoted' })
    expect(ifMatch.detail).toContain('without its quotes')
  })

  it('takes ETags only without quotes, under a driver that is told to send them, finds that out', async () => {
    const store = await storeOn({ etags: 'unquoted', options: { ifMatchQuotes: 'quoted' } })
    expect((await probeConditionalWrites(store)).ifMatch).toMatchObject({ outcome: 'refused' })
  })

  it('answers 404 where there is nothing to replace takes that for what it means', async () => {
    const { ifMatch } = await probeConditionalWrites(await storeOn({ absent: 404 }))
    expect(ifMatch.outcome).toBe('honoured')
  })

  it('refuses access control lists says what to do instead', async () => {
    const { acl, createIfAbsent } = await probeCapabilities(
      await storeOn({ accessLists: 'refused', acl: 'public-read' }),
    )
    expect(acl).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('acl-unsupported'),
      cure: expect.stringContaining('bucket policy'),
    })
    expect(createIfAbsent.outcome).toBe('honoured')
  })

  it('takes lists and does not heed them finds that out', async () => {
    const { acl } = await probeCapabilities(await storeOn({}), { fetch })
    expect(acl).toMatchObject({ outcome: 'ignored', detail: 'anybody could read the object that was private' })
    const heeded = await probeCapabilities(await storeOn({ acl: 'public-read' }), { fetch })
    expect(heeded.acl.outcome).toBe('honoured')
  })

  it('has no forms names the other way', async () => {
    const { presignedPost } = await probeDirectUploads(await storeOn({ forms: 'refused' }), { fetch })
    expect(presignedPost).toMatchObject({ outcome: 'refused', cure: expect.stringContaining('presigned PUT') })
  })

  it('takes larger uploads than were agreed finds that out', async () => {
    const { presignedPut } = await probeDirectUploads(await storeOn({}), { fetch })
    expect(presignedPut).toMatchObject({ outcome: 'ignored', cure: expect.stringContaining('through the servers') })
  })

  it('refuses pages of other origins says which rule is missing', async () => {
    const origin = 'https://www.example.com'
    const { cors } = await probeCapabilities(await storeOn({}), { fetch, origin })
    expect(cors).toMatchObject({ outcome: 'refused', cure: expect.stringContaining(origin) })
    expect(cors.detail).toContain('PUT, POST')
  })

  it('has no lifecycle rule is told to make one', async () => {
    const { lifecycle } = await probeCapabilities(await storeOn({}))
    expect(lifecycle).toMatchObject({ outcome: 'absent', cure: expect.stringContaining('tmp/') })
  })

  it('lists in an order of its own is found out', async () => {
    const { listOrder } = await probeCapabilities(await storeOn({ order: 'newest-first' }))
    expect(listOrder).toMatchObject({ outcome: 'ignored', detail: expect.stringContaining('UTF-8') })
  })

  it.each([-3600, 600])('has a clock that is %i s ahead tells', async (skewInSeconds) => {
    // It is told within the time that a write takes, which is none here.
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T12:00:00Z') })
    onTestFinished(() => void vi.useRealTimers())
    const { clock } = await probeCapabilities(await storeOn({ skewInSeconds }))
    expect(clock).toMatchObject({ outcome: 'ignored', cure: expect.stringContaining('NTP') })
    expect(Math.abs(clock.skewInSeconds - skewInSeconds)).toBeLessThanOrEqual(1)
  })

  it('has no uploads in parts, and no conditional deletes, tells both', async () => {
    const { conditionalDelete, conditionalMultipart } = await probeCapabilities(await storeOn({}))
    expect([conditionalDelete.outcome, conditionalMultipart.outcome]).toEqual(['refused', 'refused'])
  })
})
