import { text } from 'node:stream/consumers'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { cephClient, createBucket, openToPublic } from '../../../../test/services/buckets.js'
import { S3Driver } from '../../src/drivers/s3/index.js'
import { BucketStore } from '../../src/store/bucket-store.js'
import { type Capability, type ConformanceHarness, checkClause, conformanceClauses } from '../../src/testing/index.js'
import { renameLeadingSlashKeys } from '../../src/upkeep/rename-leading-slash-keys.js'
import { LeadingSlashDriver } from '../../src/wrappers/leading-slash-driver.js'

// Several run side by side, each of many requests.
vi.setConfig({ testTimeout: 600_000 })

const cluster = inject('ceph')
const { region, credentials } = cluster

/** What the spellings have a part in. In memory the whole suite runs; on Ceph it takes minutes. */
const CAPABILITIES: ReadonlySet<Capability> = new Set<Capability>([
  ...(['key', 'list', 'list-while-changing', 'delete', 'copy', 'conditional-write', 'conditional-copy'] as const),
  ...(['read', 'multipart', 'signed-url', 'presigned-create', 'prefix'] as const),
])

const harness: ConformanceHarness = {
  name: 'S3 on Ceph RGW 16.2 with both spellings of a key',
  fetch,
  open: async () => {
    const driver = new S3Driver({ endpoint: cluster.endpoints[0], region, credentials })
    const peer = new S3Driver({ endpoint: cluster.endpoints[1], region, credentials })
    const close = async (): Promise<void> => {
      await Promise.all([driver.close(), peer.close()])
    }
    const bucket = await createBucket(cluster)
    return { driver: new LeadingSlashDriver(driver), peer: new LeadingSlashDriver(peer), bucket, close }
  },
}

describe(harness.name, () => {
  for (const clause of conformanceClauses().filter(({ capability }) => CAPABILITIES.has(capability))) {
    it.concurrent(clause.name, () => checkClause(clause, harness, { name: 'under a prefix', prefix: 'some/prefix/' }))
  }
})

describe("a bucket on Ceph with the article's own keys", () => {
  const OLD = ['/uploads/users/1/a b+c.jpg', "/uploads/users/1/größe's.jpg", '/uploads/users/10/c.jpg']

  /** What the class of the article left: the SDK for PHP v3 sends the key as it is, as that for JavaScript does. */
  async function openOld(keys: readonly string[]): Promise<{ driver: S3Driver; store: BucketStore; name: string }> {
    const name = await createBucket(cluster)
    const client = cephClient(cluster)
    onTestFinished(() => client.destroy())
    for (const Key of keys) {
      const Body = `old ${Key}`
      await client.send(
        new PutObjectCommand({ Bucket: name, Key, Body, ContentType: 'image/jpeg', Metadata: { owner: 'leo' } }),
      )
    }
    const driver = new S3Driver({ endpoint: cluster.endpoints[1], region, credentials })
    onTestFinished(() => driver.close())
    const store = new (class extends BucketStore {
      readonly bucket = name
      override readonly legacyLeadingSlashKeys = 'included'
    })(driver)
    return { driver, store, name }
  }

  it('is read, listed, copied, replaced and removed by its relative paths', async () => {
    const { store, driver, name } = await openOld(OLD)
    const keys = async (): Promise<string[]> =>
      (await driver.list(name, '', { pageSize: 1000 })).objects.map(({ key }) => key)
    expect((await store.list('/uploads/users/1/').toArray()).map(({ key }) => key)).toEqual([
      'uploads/users/1/a b+c.jpg',
      "uploads/users/1/größe's.jpg",
    ])
    for (const key of OLD) {
      expect(await text((await store.get(key)).body)).toBe(`old ${key}`)
      const reply = await fetch(await store.signedUrl(key))
      expect(await reply.text()).toBe(`old ${key}`)
    }
    const [path = ''] = OLD
    await expect(store.put(path, 'x', { mode: 'create' })).rejects.toMatchObject({ code: 'already-exists' })
    const { etag } = await store.head(path)
    await store.put(path, 'new', { mode: { ifMatch: etag } })
    await expect(store.put(path, 'x', { mode: { ifMatch: etag } })).rejects.toMatchObject({
      code: 'precondition-failed',
    })
    await store.copy(path, '/copied')
    await store.delete(path)
    await expect(store.head(path)).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.deletePrefix('/uploads/users/1/')).toBe(1)
    expect(await keys()).toEqual(['/uploads/users/10/c.jpg', 'copied'])
  })

  it.each(['create', 'copy'] as const)(
    "is renamed (%s), after which the article's addresses work",
    async (transfer) => {
      const { store, driver, name } = await openOld(OLD)
      await openToPublic(cluster, name, ['uploads/'])
      const address = store.publicUrl(OLD[0] ?? '')
      const before = await fetch(address)
      await before.arrayBuffer()
      expect(before.status).toBe(403) // as services call what is missing to those who may not list
      const seen: string[] = []
      const onProgress = ({ key }: { readonly key: string }) => seen.push(key)
      const dry = await renameLeadingSlashKeys(driver, name, { action: 'dry-run', transfer })
      expect(dry).toEqual({ renamed: 3, superseded: 0, failed: 0 })
      expect(await renameLeadingSlashKeys(driver, name, { transfer, onProgress })).toEqual(dry)
      expect(seen.toSorted()).toEqual(OLD.map((key) => key.slice(1)).toSorted())
      expect((await driver.list(name, '/', { pageSize: 10 })).objects).toEqual([])
      const after = await fetch(address)
      expect([after.status, await after.text()]).toEqual([200, `old ${OLD[0]}`])
      expect(await store.head(OLD[1] ?? '')).toMatchObject({ contentType: 'image/jpeg', metadata: { owner: 'leo' } })
    },
  )
})
