import { BucketStore, type StorageDriver } from '@bucket-brigade/core'
import { S3Driver } from '@bucket-brigade/core/s3'
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { createBucket, createPutGetListUser } from '../../../../test/services/buckets.js'
import { AvatarCropper, anonymous, type SweepFinding } from '../../src/index.js'
import { keysOf, PATIENT, SECRET, SQUARE } from '../avatars.js'
import { around, onPut } from '../faults.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

async function ground(rights: 'owner' | 'put-get-list' = 'owner') {
  const cluster = inject('ceph')
  const bucket = await createBucket(cluster)
  const credentials = rights === 'owner' ? cluster.credentials : await createPutGetListUser(cluster, bucket)
  const driver = new S3Driver({ endpoint: cluster.endpoints[0], region: cluster.region, credentials })
  onTestFinished(() => driver.close())
  const storeOver = (inner: StorageDriver): BucketStore =>
    new (class extends BucketStore {
      readonly bucket = bucket
    })(inner)
  const open = (inner: StorageDriver) =>
    AvatarCropper.open({
      ...PATIENT,
      store: storeOver(inner),
      secrets: [SECRET],
      edges: [64, 32],
      extraFormats: ['webp'],
    })
  return { driver, store: storeOver(driver), open }
}

/** A day and two hours later, by the clock that a sweep goes by. */
function dayLater(driver: StorageDriver): StorageDriver {
  return around(driver, {
    head: async (at, options) => {
      const head = await driver.head(at, options)
      const shift = at.key.startsWith('tmp/sweep/') ? 26 * 3_600_000 : 0
      return { ...head, lastModified: new Date(head.lastModified.getTime() + shift) }
    },
  })
}

describe('sweep on Ceph', () => {
  it('deletes what was left behind, and nothing else', async () => {
    const { driver, store, open } = await ground()
    const cropper = await open(driver)
    const { token } = await cropper.crop((await cropper.upload(anonymous, picture)).token, SQUARE)
    const avatar = await cropper.save((await cropper.claim(token, 'leo')).token)
    const lost = await cropper.crop((await cropper.upload('mia', picture)).token, SQUARE)
    const dying = onPut(driver, /avatar\.json$/, (put, at, body, options) =>
      options.mode === 'create' ? put(at, body, options) : Promise.reject(new Error('killed')),
    )
    await expect((await open(dying)).save(lost.token)).rejects.toThrow()
    await store.multipart('tmp/avatars/tom/0123456789abcdef0123456789abcdef/original')
    await store.put('uploads/users/mia/holiday.jpg', 'somebody else keeps this')

    expect(await cropper.sweep('delete')).toMatchObject({ deleted: 0, failed: 0, skipped: [] })
    const later = await open(dayLater(driver))
    const found: SweepFinding[] = []
    await later.sweep('report', { onFinding: (finding) => found.push(finding) })
    const report = await later.sweep('delete')
    expect(report).toMatchObject({
      found: { temporary: 5, 'unfinished-upload': 1, orphan: 4 },
      deleted: found.length,
      failed: 0,
      skipped: [],
    })
    expect(await keysOf(store)).toEqual([
      'state/avatars/leo/avatar.json',
      'state/avatars/mia/avatar.json',
      ...[32, 64].flatMap((edge) => ['jpg', 'webp'].map((type) => `uploads/users/leo/${avatar.id}-${edge}.${type}`)),
      'uploads/users/mia/holiday.jpg',
    ])
    expect(await store.unfinishedUploads()).toEqual([])
    expect((await cropper.list('leo')).current).toEqual(avatar)
  })

  it('tells what it may not delete', async () => {
    const { driver, open } = await ground('put-get-list')
    const cropper = await open(driver)
    await cropper.upload('leo', picture)
    const findings: SweepFinding[] = []
    const report = await (await open(dayLater(driver))).sweep('delete', { onFinding: (each) => findings.push(each) })
    expect(report).toMatchObject({ deleted: 0, failed: report.found.temporary })
    for (const { outcome, cause } of findings) {
      expect({ outcome, cause }).toMatchObject({ outcome: 'failed', cause: { code: 'permission-denied' } })
    }
  })

  it('lets 20 saves and a forgetting end in one consistent state', async () => {
    const { driver, store, open } = await ground()
    const servers = await Promise.all([open(driver), open(driver)])
    const [one, two] = servers
    const { token } = await one.upload('leo', picture)
    const crops = await Promise.all(Array.from({ length: 20 }, (_, x) => one.crop(token, { ...SQUARE, x })))
    const saves = crops.map((crop, at) => (at % 2 ? one : two).save(crop.token))
    const forgetting = one.forget('leo')
    const outcomes = await Promise.allSettled(saves)
    await forgetting
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(['session-expired', 'pointer-conflict']).toContain(outcome.reason.code)
    }
    const { avatars } = await two.list('leo')
    const keys = await keysOf(store, 'uploads/')
    for (const { id } of avatars) expect(keys.filter((key) => key.includes(id))).toHaveLength(4)
  })
})
