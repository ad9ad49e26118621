import { readFile } from 'node:fs/promises'
import { BucketStore, type HeadOptions, type KeyInput, openDriver } from '@bucket-brigade/core'
import { expect, inject, it, onTestFinished } from 'vitest'
import { createBucket, createUserUnder } from '../../../../test/services/buckets.js'
import { sweepUploads } from '../../src/index.js'
import { type FleetOptions, MIB, sendPart, sendWhole, UploadFleet } from './upload-fleet.js'

const FILE = Buffer.alloc(6 * MIB, 'brigade ')
const WORDS = Buffer.from('a small file')
const GUIDE = new URL('../../../../docs/direct-uploads.md', import.meta.url)
const FENCE = /^```json\n(?<document>.*?)^```$/gms

it('is the same on Ceph: forms, PUTs, parts, two servers that complete at once, an abort with parts on their way, and a sweep', async () => {
  const cluster = inject('ceph')
  const bucket = await createBucket(cluster)
  const query = new URLSearchParams({ endpoint: cluster.endpoints[0], region: cluster.region })
  class Files extends BucketStore {
    readonly bucket = bucket
  }
  /** By a clock that goes 26 hours ahead: a sweep reads it from the date of its own object. */
  class LaterFiles extends Files {
    override async head(key: KeyInput, options?: HeadOptions) {
      const head = await super.head(key, options)
      const shift = head.key.startsWith('tmp/sweep/') ? 26 * 3_600_000 : 0
      return { ...head, lastModified: new Date(head.lastModified.getTime() + shift) }
    }
  }
  const driver = () => openDriver(`s3://${bucket}?${query}`, { credentials: cluster.credentials })
  const open = () => new Files(driver())
  const file = { filename: 'a.bin', type: 'application/octet-stream', bytes: FILE.length }
  for (const singleUploads of ['POST', 'PUT'] as const) {
    const fleet = await UploadFleet.start({ singleUploads, multipartAboveBytes: 5 * MIB, partBytes: 5 * MIB }, open)
    try {
      const { token, upload } = (await fleet.post('', { ...file, bytes: WORDS.length })).body
      expect(upload.method).toBe(singleUploads)
      expect((await fleet.post('/complete', { token })).body.code).toBe('step-out-of-order')
      expect((await sendWhole(upload, Buffer.concat([WORDS, WORDS]))).ok).toBe(false)
      expect((await sendWhole(upload, WORDS)).ok).toBe(true)
      const whole = await fleet.post('/complete', { token })
      expect(whole).toMatchObject({ status: 201, body: { bytes: WORDS.length } })
      expect((await fleet.post('/complete', { token }, { server: 1 })).body).toEqual(whole.body)
      if (singleUploads === 'POST') await inParts(fleet)
      else {
        await aborted(fleet)
        await swept(fleet)
      }
    } finally {
      await fleet.stop()
    }
  }

  async function beginParts(fleet: UploadFleet) {
    const { token } = (await fleet.post('', file)).body
    const { parts } = (await fleet.post('/parts', { token, partNumbers: [1, 2] })).body
    const send = () =>
      Promise.all(
        parts.map(({ url, partNumber }) =>
          sendPart(url, FILE.subarray((partNumber - 1) * 5 * MIB, partNumber * 5 * MIB)),
        ),
      )
    return { token, send }
  }

  async function inParts(fleet: UploadFleet): Promise<void> {
    const { token, send } = await beginParts(fleet)
    await send()
    const both = await Promise.all([
      fleet.post('/complete', { token }),
      fleet.post('/complete', { token }, { server: 1 }),
    ])
    const later = await fleet.post('/complete', { token })
    expect(later).toMatchObject({ status: 201, body: { bytes: FILE.length } })
    // The one that came second may be told to try again, but never that it failed.
    expect(both.filter(({ status }) => status === 201).map(({ body }) => body)).toContainEqual(later.body)
    expect(both.map(({ status }) => status).filter((status) => status !== 201 && status !== 503)).toEqual([])
  }

  /** Of each method a small file, of one the file in parts: all complete, none copied away; and a tab that was closed. */
  async function swept(fleet: UploadFleet): Promise<void> {
    await (await beginParts(fleet)).send()
    expect(await sweepUploads(fleet.store, 'delete')).toMatchObject({ deleted: 0, failed: 0, skipped: [] })
    const found = { temporary: 3, 'unfinished-upload': 1 }
    const later = new LaterFiles(driver())
    expect(await sweepUploads(later, 'report')).toMatchObject({ found, deleted: 0 })
    expect(await sweepUploads(later, 'delete')).toMatchObject({ found, deleted: 4, failed: 0, skipped: [] })
    expect(await fleet.store.list('tmp/').toArray()).toEqual([])
    expect(await fleet.store.unfinishedUploads()).toEqual([])
    await later.close()
  }

  async function aborted(fleet: UploadFleet): Promise<void> {
    const { token, send } = await beginParts(fleet)
    const sending = send().catch(() => 'refused')
    expect((await fleet.post('/abort', { token })).status).toBe(200)
    await sending
    expect((await fleet.post('/abort', { token }, { server: 1 })).status).toBe(200)
    expect(await fleet.store.unfinishedUploads()).toEqual([])
    expect((await fleet.post('/complete', { token })).body.code).toBe('session-expired')
  }
})

it('needs no more rights on Ceph than the guide prints: for forms, PUTs, parts, an abort, and a copy to where a file shall stay', async () => {
  const cluster = inject('ceph')
  const bucket = await createBucket(cluster)
  const printed = [...(await readFile(GUIDE, 'utf8')).matchAll(FENCE)].map(({ groups }) => groups?.document ?? '')
  const policy = printed.find((document) => document.includes('arn:aws:iam:::user/app')) ?? ''
  const credentials = await createUserUnder(cluster, bucket, (name) =>
    policy.replaceAll('files-of-leo', bucket).replaceAll('user/app', `user/${name}`),
  )
  const query = new URLSearchParams({ endpoint: cluster.endpoints[0], region: cluster.region })
  class Files extends BucketStore {
    readonly bucket = bucket
  }
  const files = new Files(openDriver(`s3://${bucket}?${query}`, { credentials }))
  for (const singleUploads of ['POST', 'PUT'] as const) {
    const options: FleetOptions = {
      ...{ singleUploads, multipartAboveBytes: 5 * MIB, partBytes: 5 * MIB },
      onComplete: ({ key, etag }) => files.copy(key, key.replace(/^tmp\/uploads\//, 'files/'), { sourceIfMatch: etag }),
    }
    const fleet = await UploadFleet.start(options, () => files)
    onTestFinished(() => fleet.stop())
    const kept = { status: 201, body: { key: expect.stringMatching(/^files\/leo\//) } }

    const small = (await fleet.post('', { filename: 'a.txt', type: 'text/plain', bytes: WORDS.length })).body
    expect((await fleet.post('/complete', { token: small.token })).body.code).toBe('step-out-of-order')
    expect((await sendWhole(small.upload, WORDS)).ok).toBe(true)
    expect(await fleet.post('/complete', { token: small.token })).toMatchObject(kept)

    const large = { filename: 'a.bin', type: 'application/octet-stream', bytes: FILE.length }
    const { token } = (await fleet.post('', large)).body
    const { parts } = (await fleet.post('/parts', { token, partNumbers: [1, 2] })).body
    for (const { url, partNumber } of parts) {
      await sendPart(url, FILE.subarray((partNumber - 1) * 5 * MIB, partNumber * 5 * MIB))
    }
    expect((await fleet.post('/uploaded', { token })).body.parts).toHaveLength(2)
    expect(await fleet.post('/complete', { token })).toMatchObject(kept)
    const dropped = (await fleet.post('', large)).body
    expect((await fleet.post('/abort', { token: dropped.token })).status).toBe(200)
  }
  await files.close()
})
