import { BucketStore, type StorageDriver } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { faultDriver } from '@bucket-brigade/core/testing'
import { expect, it, onTestFinished } from 'vitest'
import { MIB, UploadFleet } from './upload-fleet.js'

class Files extends BucketStore {
  readonly bucket = 'files'
}

/** A service that heeds no policy: at an address for one file, it has taken another. */
function heedless(bytes: string): StorageDriver {
  const driver = new MemoryDriver()
  const presignUpload: StorageDriver['presignUpload'] = async ({ key }, options) => {
    if (options.kind !== 'part') await new Files(driver).put(key, bytes, { metadata: options.metadata })
    return { method: 'POST', url: 'https://bucket.example', fields: { key }, expiresAt: new Date(0) }
  }
  return Object.assign(driver, { presignUpload })
}

it.each([
  ['a larger file', 'more than was agreed', 'permission-denied', [413, 'file-too-large']],
  ['a smaller file', 'few', 'permission-denied', [400, 'invalid-request']],
  ['a larger file', 'more than was agreed', 'unavailable', [413, 'file-too-large']],
] as const)('refuses %s for what it is, where it cannot be removed (%#)', async (_, bytes, code, refusal) => {
  const driver = faultDriver(heedless(bytes), { rules: [{ operations: ['delete'], fault: { kind: 'refuse', code } }] })
  const fleet = await UploadFleet.start({ singleUploads: 'POST' }, () => new Files(driver))
  onTestFinished(() => fleet.stop())
  const { token } = (await fleet.post('', { filename: 'a.txt', type: 'text/plain', bytes: 10 })).body
  const { status, body } = await fleet.post('/complete', { token })
  expect(driver.faults).toMatchObject([{ operation: 'delete' }])
  expect([status, body.code]).toEqual(refusal)
})

it('refuses parts that are more than was agreed for what they are, where they cannot be dropped', async () => {
  const fault = { kind: 'refuse', code: 'permission-denied' } as const
  const driver = faultDriver(heedless(''), { rules: [{ operations: ['abortMultipart'], fault }] })
  const store = new Files(driver)
  const fleet = await UploadFleet.start({ multipartAboveBytes: 6 * MIB, partBytes: 5 * MIB }, () => store)
  onTestFinished(() => fleet.stop())
  const { token } = (await fleet.post('', { filename: 'a.txt', type: 'text/plain', bytes: 7 * MIB })).body
  const [{ key, uploadId } = { key: '', uploadId: '' }] = await store.unfinishedUploads()
  await (await store.multipart(key, { uploadId })).uploadPart(1, Buffer.alloc(8 * MIB))
  const { status, body } = await fleet.post('/complete', { token })
  expect(driver.faults).toMatchObject([{ operation: 'abortMultipart' }])
  expect([status, body.code]).toEqual([413, 'file-too-large'])
})
