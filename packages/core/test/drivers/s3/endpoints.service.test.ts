import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createBucket, openToPublic } from '../../../../../test/services/buckets.js'
import { type Recorder, startRecorder } from '../../../../../test/services/recorder.js'
import { openDriver } from '../../../src/open-driver.js'
import { BucketStore } from '../../../src/store/bucket-store.js'

const cluster = inject('ceph')

/** Three ways to one bucket, as a fleet in a private network behind a CDN has them; each under a host name of its own. */
describe('three endpoints of one bucket', () => {
  const recorders = new Map<string, Recorder>()
  let store: BucketStore

  beforeAll(async () => {
    for (const name of ['internal', 'browser', 'public']) {
      recorders.set(name, await startRecorder(cluster.endpoints[name === 'internal' ? 0 : 1]))
    }
    const bucket = await createBucket(cluster)
    await openToPublic(cluster, bucket, ['uploads/'])
    const query = new URLSearchParams({
      region: cluster.region,
      endpoint: recorderOf('internal').url,
      browserEndpoint: recorderOf('browser').url.replace('127.0.0.1', 'localhost'),
    })
    store = new (class extends BucketStore {
      readonly bucket = bucket
      override readonly publicBaseUrl = `${recorderOf('public').url.replace('127.0.0.1', 'cdn.localhost')}/${bucket}`
    })(openDriver(`s3://${bucket}?${query}`, { credentials: cluster.credentials }))
  })

  afterAll(async () => {
    await store?.close()
    for (const recorder of recorders.values()) await recorder.close()
  })

  function recorderOf(name: string): Recorder {
    const recorder = recorders.get(name)
    if (!recorder) throw new Error(`there is no recorder ${name}`)
    return recorder
  }

  /** Who was asked while `work` ran, and how. */
  async function askedDuring(work: () => Promise<unknown>): Promise<Record<string, string[]>> {
    for (const { requests } of recorders.values()) requests.length = 0
    await work()
    const asked = [...recorders].map(([name, { requests }]) => [name, requests.map((one) => one.method)] as const)
    return Object.fromEntries(asked.filter(([, methods]) => methods.length > 0))
  }

  it('serve reads and writes inside', async () => {
    const asked = await askedDuring(async () => {
      await store.put('uploads/leo.txt', 'hello')
      await store.head('uploads/leo.txt')
      await store.list('uploads/').toArray()
      await store.copy('uploads/leo.txt', 'uploads/copy.txt')
    })
    expect(Object.keys(asked)).toEqual(['internal'])
    expect(asked.internal).toEqual(expect.arrayContaining(['PUT', 'HEAD', 'GET']))
  })

  it('sign what browsers do for the host that browsers reach, without any request', async () => {
    const addresses: string[] = []
    const asked = await askedDuring(async () => {
      addresses.push(await store.signedUrl('uploads/leo.txt'))
      const form = { method: 'POST', contentType: 'text/plain', maxBytes: 10 } as const
      addresses.push((await store.presignUpload('uploads/form.txt', form)).url)
      const put = { method: 'PUT', contentType: 'text/plain', contentLength: 5 } as const
      addresses.push((await store.presignUpload('uploads/put.txt', put)).url)
    })
    expect(asked).toEqual({})
    for (const address of addresses) expect(new URL(address).hostname).toBe('localhost')
  })

  it('take from browsers what was signed for them', async () => {
    const asked = await askedDuring(async () => {
      const reply = await fetch(await store.signedUrl('uploads/leo.txt'))
      expect([reply.status, await reply.text()]).toEqual([200, 'hello'])
      const plan = { method: 'PUT', contentType: 'text/plain', contentLength: 5 } as const
      const upload = await store.presignUpload('uploads/put.txt', plan)
      if (upload.method !== 'PUT') throw new Error('expected a PUT')
      const sent = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: 'hello' })
      expect(sent.status).toBe(200)
      await sent.arrayBuffer()
    })
    expect(asked).toEqual({ browser: ['GET', 'PUT'] })
  })

  it('refuse what was signed for another host', async () => {
    const signed = new URL(await store.signedUrl('uploads/leo.txt'))
    const reply = await fetch(Object.assign(signed, { host: new URL(recorderOf('internal').url).host }))
    await reply.arrayBuffer()
    expect(reply.status).toBe(403)
  })

  it('show the public what it may see, at the public address', async () => {
    const address = store.publicUrl('uploads/leo.txt')
    expect(new URL(address).hostname).toBe('cdn.localhost')
    expect(await store.urls('uploads/')).toContain(address)
    // Not every resolver knows names below localhost.
    const asked = await askedDuring(async () => {
      const reply = await fetch(address.replace('cdn.localhost', '127.0.0.1'))
      expect([reply.status, await reply.text()]).toEqual([200, 'hello'])
    })
    expect(asked).toEqual({ public: ['GET'] })
  })
})
