import { DeleteBucketLifecycleCommand, PutBucketLifecycleConfigurationCommand } from '@aws-sdk/client-s3'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import {
  type BucketOptions,
  cephClient,
  createBucket,
  createPutGetListUser,
} from '../../../../test/services/buckets.js'
import type { Acl } from '../../src/contract/driver.js'
import { S3Driver, type S3DriverOptions } from '../../src/drivers/s3/index.js'
import { probeCapabilities } from '../../src/probe/probe.js'
import type { ProbeReport } from '../../src/probe/report.js'
import { BucketStore } from '../../src/store/bucket-store.js'

const ORIGIN = 'https://www.example.com'

interface Ground extends BucketOptions {
  readonly rights?: 'owner' | 'put-get-list'
  readonly acl?: Acl
  readonly options?: S3DriverOptions
}

async function openStore({ rights = 'owner', acl, options, ...made }: Ground = {}): Promise<BucketStore> {
  const cluster = inject('ceph')
  const name = await createBucket(cluster, made)
  const credentials = rights === 'owner' ? cluster.credentials : await createPutGetListUser(cluster, name)
  const driver = new S3Driver({ endpoint: cluster.endpoints[0], region: cluster.region, credentials, ...options })
  onTestFinished(() => driver.close())
  return new (class extends BucketStore {
    readonly bucket = name
    override readonly acl = acl
  })(driver)
}

function outcomes(report: ProbeReport): unknown {
  return Object.fromEntries(
    Object.entries(report).map(([name, found]) => [name, Array.isArray(found) ? found : found.outcome]),
  )
}

describe('the probe on Ceph', () => {
  it('finds everything that the avatar flow needs, and cleans up', async () => {
    const store = await openStore({ browserOrigins: [ORIGIN] })
    const report = await probeCapabilities(store, { fetch, origin: ORIGIN })
    expect(outcomes(report)).toEqual({
      createIfAbsent: 'honoured',
      ifMatch: 'honoured',
      conditionalDelete: 'refused',
      conditionalMultipart: 'refused',
      acl: 'honoured',
      presignedPost: 'honoured',
      presignedPut: 'honoured',
      cors: 'honoured',
      lifecycle: 'absent',
      listOrder: 'honoured',
      clock: 'honoured',
      delete: 'honoured',
      leftovers: [],
    })
    expect(report.ifMatch.etagForm).toBe('unquoted')
    expect(await store.list().toArray()).toEqual([])
    expect(await store.unfinishedUploads()).toEqual([])
  })

  it('finds out what the service ignores, though the options say that it does not', async () => {
    const options = { conditionalDelete: 'supported', conditionalMultipart: 'supported' } as const
    const report = await probeCapabilities(await openStore({ options }))
    expect([report.conditionalDelete.outcome, report.conditionalMultipart.outcome]).toEqual(['ignored', 'ignored'])
  })

  it('sees the rule that empties tmp/, and that a public list is heeded', async () => {
    const cluster = inject('ceph')
    const store = await openStore({ acl: 'public-read' })
    const client = cephClient(cluster)
    onTestFinished(() => client.destroy())
    const rule = { ID: 'tmp', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 1 } } as const
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: store.bucket,
        LifecycleConfiguration: { Rules: [rule] },
      }),
    )
    onTestFinished(async () => {
      await client.send(new DeleteBucketLifecycleCommand({ Bucket: store.bucket }))
    })
    const { lifecycle, acl, cors } = await probeCapabilities(store, { fetch, origin: ORIGIN })
    expect(lifecycle.outcome).toBe('honoured')
    expect(acl.outcome).toBe('honoured')
    expect(cors.outcome).toBe('refused')
  })

  it('needs no more than s3:Put*, s3:Get* and s3:List*, and says what it had to leave', async () => {
    const store = await openStore({ rights: 'put-get-list' })
    const report = await probeCapabilities(store, { fetch })
    expect([report.createIfAbsent.outcome, report.ifMatch.outcome]).toEqual(['honoured', 'honoured'])
    expect(report.presignedPost).toMatchObject({ outcome: 'honoured', etag: 'missing' })
    expect(report.presignedPut).toMatchObject({ outcome: 'honoured', etag: 'sent' })
    expect(report.listOrder.outcome).toBe('honoured')
    expect(report.delete).toMatchObject({ outcome: 'refused', cure: expect.stringContaining('s3:DeleteObject') })
    const left = (await store.list('tmp/probe/').toArray()).map(({ key }) => key)
    expect(left.length).toBeGreaterThan(0)
    expect(report.leftovers).toEqual(expect.arrayContaining(left))
  })
})
