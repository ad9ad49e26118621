import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { createBucket, createPutGetListUser } from '../../../test/services/buckets.js'
import { BucketStore } from '../src/bucket-store.js'
import { S3Driver } from '../src/drivers/s3/index.js'
import { probeCapabilities } from '../src/probe.js'

async function openStore(rights: 'owner' | 'put-get-list'): Promise<BucketStore> {
  const cluster = inject('ceph')
  const name = await createBucket(cluster)
  const credentials = rights === 'owner' ? cluster.credentials : await createPutGetListUser(cluster, name)
  const driver = new S3Driver({ endpoint: cluster.endpoints[0], region: cluster.region, credentials })
  onTestFinished(() => driver.close())
  return new (class extends BucketStore {
    readonly bucket = name
  })(driver)
}

describe('the probe on Ceph', () => {
  it('finds everything that the avatar flow needs, and cleans up', async () => {
    const store = await openStore('owner')
    const report = await probeCapabilities(store, { fetch })
    expect(
      Object.entries(report).map(([name, finding]) => [name, Array.isArray(finding) ? finding : finding.outcome]),
    ).toEqual([
      ['createIfAbsent', 'honoured'],
      ['ifMatch', 'honoured'],
      ['acl', 'untested'],
      ['presignedPost', 'honoured'],
      ['presignedPut', 'honoured'],
      ['delete', 'honoured'],
      ['leftovers', []],
    ])
    expect(await store.list().toArray()).toEqual([])
  })

  it('needs no more than s3:Put*, s3:Get* and s3:List*, and says what it had to leave', async () => {
    const store = await openStore('put-get-list')
    const report = await probeCapabilities(store, { fetch })
    expect([report.createIfAbsent.outcome, report.ifMatch.outcome]).toEqual(['honoured', 'honoured'])
    expect(report.presignedPost.outcome).toBe('honoured')
    expect(report.delete).toMatchObject({ outcome: 'refused', cure: expect.stringContaining('s3:DeleteObject') })
    const left = (await store.list('tmp/probe/').toArray()).map(({ key }) => key)
    expect(left.length).toBeGreaterThan(0)
    expect(report.leftovers).toEqual(expect.arrayContaining(left))
  })
})
