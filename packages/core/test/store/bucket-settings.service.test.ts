import { randomBytes } from 'node:crypto'
import { PutBucketCorsCommand, PutBucketLifecycleConfigurationCommand } from '@aws-sdk/client-s3'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { cephClient, createBucket } from '../../../../test/services/buckets.js'
import { createUser, type S3Credentials } from '../../../../test/services/ceph.js'
import { S3Driver } from '../../src/drivers/s3/index.js'
import { BucketStore } from '../../src/store/bucket-store.js'
import { setBrowserAccess } from '../../src/upkeep/browser-access.js'
import { expiryOf, setTemporaryExpiry } from '../../src/upkeep/temporary-expiry.js'

const ORIGIN = 'https://www.example.com'
const OTHER_ORIGIN = 'https://partner.example'

function storeOf(name: string, credentials: S3Credentials, prefix = ''): BucketStore {
  const { endpoints, region } = inject('ceph')
  const driver = new S3Driver({ endpoint: endpoints[0], region, credentials })
  onTestFinished(() => driver.close())
  return new (class extends BucketStore {
    readonly bucket = name
    override readonly prefix = prefix
  })(driver)
}

/** What a browser asks before a page of this origin may do that. */
async function preflight(store: BucketStore, origin: string, method: string, headers: string) {
  const url = await store.signedUrl('tmp/a')
  const asked = { Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers }
  const reply = await fetch(url, { method: 'OPTIONS', headers: asked })
  await reply.body?.cancel()
  return { isOk: reply.ok, origin: reply.headers.get('access-control-allow-origin') }
}

describe('the settings of a bucket on Ceph', () => {
  it('let the pages of exact origins in, keep the rules of others, and change nothing a second time', async () => {
    const cluster = inject('ceph')
    const store = storeOf(await createBucket(cluster), cluster.credentials)
    const client = cephClient(cluster)
    onTestFinished(() => client.destroy())
    const foreign = { AllowedOrigins: [OTHER_ORIGIN], AllowedMethods: ['GET'], MaxAgeSeconds: 60 }
    const before = { Bucket: store.bucket, CORSConfiguration: { CORSRules: [foreign] } }
    await client.send(new PutBucketCorsCommand(before))

    expect(await setBrowserAccess(store, ['http://old.example'])).toMatchObject({ outcome: 'changed' })
    expect(await setBrowserAccess(store, [ORIGIN])).toMatchObject({ outcome: 'changed', rule: { origins: [ORIGIN] } })
    expect(await setBrowserAccess(store, [ORIGIN])).toMatchObject({ outcome: 'unchanged' })
    const headers = 'content-type,if-none-match,x-amz-meta-by'
    expect(await preflight(store, ORIGIN, 'PUT', headers)).toEqual({ isOk: true, origin: ORIGIN })
    expect(await preflight(store, 'http://old.example', 'PUT', headers)).toMatchObject({ isOk: false })
    expect(await preflight(store, OTHER_ORIGIN, 'GET', '')).toMatchObject({ isOk: true })
    expect((await store.settings.corsRules()).map(({ origins }) => origins)).toEqual([[OTHER_ORIGIN], [ORIGIN]])

    expect(await setBrowserAccess(store, [])).toEqual({ outcome: 'changed', rule: undefined })
    expect((await store.settings.corsRules()).map(({ origins }) => origins)).toEqual([[OTHER_ORIGIN]])
    expect(await store.settings.replaceCorsRules([], [])).toBe('unchanged')
  })

  it('empty tmp/ of each store, and keep what others wrote to the letter', async () => {
    const cluster = inject('ceph')
    const name = await createBucket(cluster)
    const [store, below] = [storeOf(name, cluster.credentials), storeOf(name, cluster.credentials, 'app/')]
    const client = cephClient(cluster)
    onTestFinished(() => client.destroy())
    const noncurrent = { NoncurrentDays: 9 }
    const foreign = { ID: 'old', Status: 'Enabled', Prefix: 'logs/', NoncurrentVersionExpiration: noncurrent } as const
    const before = { Bucket: name, LifecycleConfiguration: { Rules: [foreign] } }
    await client.send(new PutBucketLifecycleConfigurationCommand(before))

    expect((await setTemporaryExpiry(store)).outcome).toBe('changed')
    expect((await setTemporaryExpiry(below, { afterDays: 3 })).outcome).toBe('changed')
    expect((await setTemporaryExpiry(store)).outcome).toBe('unchanged')
    const rules = await store.settings.lifecycleRules()
    expect([expiryOf(rules, 'tmp/'), expiryOf(rules, 'app/tmp/x'), expiryOf(rules, 'logs/')]).toEqual([2, 3, undefined])
    expect(rules).toContainEqual(
      expect.objectContaining({
        id: 'old',
        native: expect.objectContaining({ NoncurrentVersionExpiration: noncurrent }),
      }),
    )
    expect(rules).toHaveLength(5)
    await store.put('tmp/a', 'x')
    expect((await store.head('tmp/a')).expiresAt).toBeInstanceOf(Date)
  })

  it('make a bucket once, and tell a name that is taken', async () => {
    const cluster = inject('ceph')
    const name = `made-${randomBytes(8).toString('hex')}`
    const stranger = await createUser(cluster, `stranger-${randomBytes(6).toString('hex')}`)
    const mine = storeOf(name, cluster.credentials)
    expect([await mine.settings.create(), await mine.settings.create()]).toEqual(['created', 'already-yours'])
    await expect(storeOf(name, stranger).settings.create()).rejects.toMatchObject({ code: 'already-exists' })
    expect(await mine.settings.location()).toBe('default')
  })

  it('close a bucket to the public, and say what this service has no word for', async () => {
    const cluster = inject('ceph')
    const { settings } = storeOf(await createBucket(cluster), cluster.credentials)
    expect(await settings.setPublicAccess('policy-only')).toBe('changed')
    expect(await settings.setPublicAccess('policy-only')).toBe('unchanged')
    expect(await settings.publicAccess()).toBe('policy-only')
    await expect(settings.ownership()).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('are for the owner alone', async () => {
    const cluster = inject('ceph')
    const stranger = await createUser(cluster, `stranger-${randomBytes(6).toString('hex')}`)
    const store = storeOf(await createBucket(cluster), stranger)
    const denied = { code: 'permission-denied', operation: 'read-cors' }
    await expect(setBrowserAccess(store, [ORIGIN])).rejects.toMatchObject(denied)
    await expect(setTemporaryExpiry(store)).rejects.toMatchObject({ ...denied, operation: 'read-lifecycle' })
    await expect(store.settings.setPublicAccess('open')).rejects.toMatchObject({ code: 'permission-denied' })
  })
})
