import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { createBucket } from '../../../../../test/services/buckets.js'
import { type OtherClient, type OtherClients, otherClients } from '../../../../../test/services/other-clients.js'
import { S3Driver } from '../../../src/drivers/s3/index.js'
import { BucketStore } from '../../../src/store/bucket-store.js'

// Each look of theirs starts a program that takes its time.
vi.setConfig({ testTimeout: 600_000 })

const NAMES = ['plain.txt', 'with space + plus/100%.txt', `it's "quoted" & (so) on?.txt`, 'übergröße/日本 🪣.txt']
const object = { type: 'text/x-leo', by: 'leo', bytes: randomBytes(3000) }
/** Beyond one part of every client, and of ours. */
const large = { type: 'video/x-leo', by: 'leo', bytes: randomBytes(17 * 1024 ** 2) }

describe('what we and other people write into one bucket', () => {
  let store: BucketStore
  let others: OtherClients

  beforeAll(async () => {
    const cluster = inject('ceph')
    const { endpoints, region, credentials } = cluster
    const name = await createBucket(cluster)
    store = new (class extends BucketStore {
      readonly bucket = name
    })(new S3Driver({ endpoint: endpoints[0], region, credentials }))
    others = await otherClients(cluster, name)
  })

  afterAll(async () => {
    await others?.stop()
    await store?.close()
  })

  const clientNamed = (name: string): OtherClient => {
    const client = others.clients.find((candidate) => candidate.name === name)
    if (!client) throw new Error(`expected a client named ${name}`)
    return client
  }

  describe.each(['awscli', 's3cmd', 'rclone'])('with %s', (name) => {
    it('is what they read, byte for byte, with its type and metadata, and what they list', async () => {
      const client = clientNamed(name)
      const prefix = `ours-for-${name}/`
      for (const key of NAMES) {
        await store.put(prefix + key, object.bytes, { contentType: object.type, metadata: { by: object.by } })
        expect(await client.read(prefix + key), key).toEqual(object)
      }
      expect((await client.list(prefix)).sort()).toEqual(NAMES.map((key) => prefix + key).sort())
    })

    it('is what we read of theirs, byte for byte, with its type and metadata, and what we list', async () => {
      const client = clientNamed(name)
      const prefix = `theirs-from-${name}/`
      for (const key of NAMES) {
        await client.write(prefix + key, object)
        const { body, contentType, metadata } = await store.get(prefix + key)
        expect({ type: contentType, by: metadata.by, bytes: await buffer(body) }, key).toEqual(object)
      }
      const listed = (await store.list(prefix).toArray()).map(({ key }) => key)
      expect(listed.sort()).toEqual(NAMES.map((key) => prefix + key).sort())
    })

    it('is the same in both directions where it was sent in parts', async () => {
      const client = clientNamed(name)
      const [ours, theirs] = [`large/ours-for-${name}`, `large/theirs-from-${name}`]
      await store.put(ours, Readable.from([large.bytes]), { contentType: large.type, metadata: { by: large.by } })
      const seen = await client.read(ours)
      expect([seen.type, seen.by, seen.bytes.equals(large.bytes)]).toEqual([large.type, large.by, true])
      await client.write(theirs, large)
      const { body, contentType, metadata } = await store.get(theirs)
      expect([contentType, metadata.by, (await buffer(body)).equals(large.bytes)]).toEqual([large.type, large.by, true])
    })
  })
})
