import { DriverError } from '@bucket-brigade/core'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { anonymous } from '../../src/index.js'
import { keysOf, openCropper, SQUARE } from '../avatars.js'
import { announce, directSite } from '../direct-site.js'
import { around } from '../faults.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2030-01-02T03:04:05Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('offerUpload', () => {
  it('pins key, size, type and expiry, and asks the bucket nothing', async () => {
    const { asked, driver, cropper } = await directSite()
    const offered = await cropper.offerUpload('leo', announce(picture))
    const key = `tmp/avatars/leo/${offered.session}/original`
    expect(offered).toMatchObject({
      step: 'accept',
      relativePath: `/${key}`,
      upload: { method: 'POST', fields: { key } },
    })
    expect(asked).toMatchObject([
      {
        kind: 'post',
        contentType: 'image/jpeg',
        minBytes: picture.length,
        maxBytes: picture.length,
        expiresInSeconds: 300,
      },
    ])
    expect(driver.calls).toEqual([])
  })

  it('sends a PUT that creates only, where forms are not wanted', async () => {
    const { cropper, asked } = await directSite({ directUploads: 'PUT' })
    expect((await cropper.offerUpload('leo', announce(picture))).upload.method).toBe('PUT')
    expect(asked).toMatchObject([{ kind: 'put', contentLength: picture.length, mode: 'create', metadata: {} }])
    const careless = await directSite({ directUploads: 'PUT', pointerWrites: 'last-writer-wins' })
    await careless.cropper.offerUpload('leo', announce(picture))
    expect(careless.asked).toMatchObject([{ kind: 'put', mode: 'overwrite' }])
  })

  it('fails where forms were asked for, and the service has none', async () => {
    const strict = await directSite({ directUploads: 'POST' }, 'no forms')
    await expect(strict.cropper.offerUpload('leo', announce(picture))).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('says that memory takes no uploads from outside', async () => {
    const offering = (await openCropper()).offerUpload('leo', announce(picture))
    await expect(offering).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('renewUpload', () => {
  it('signs the same upload again, until the session ends', async () => {
    const { asked, cropper, driver } = await directSite({ sessionSeconds: 400 })
    const { token, upload } = await cropper.offerUpload('leo', announce(picture))
    vi.setSystemTime(Date.now() + 280_000)
    const another = await openCropper(driver)
    expect(await another.renewUpload(token, { user: 'leo' })).toEqual(upload)
    expect(asked).toMatchObject([{ expiresInSeconds: 300 }, { expiresInSeconds: 120, minBytes: picture.length }])
    vi.setSystemTime(Date.now() + 160_000)
    await expect(cropper.renewUpload(token)).rejects.toMatchObject({ code: 'token-expired' })
  })

  it('refuses what belongs to others, and what was accepted', async () => {
    const { cropper, store } = await directSite()
    const { token, relativePath } = await cropper.offerUpload('leo', announce(picture))
    for (const user of ['mia', anonymous] as const) {
      await expect(cropper.renewUpload(token, { user })).rejects.toMatchObject({ code: 'token-user-mismatch' })
    }
    await store.put(relativePath, picture)
    const { token: cropToken } = await cropper.acceptUpload(token)
    await expect(cropper.renewUpload(cropToken)).rejects.toMatchObject({ code: 'step-out-of-order' })
  })
})

describe('abandonUpload', () => {
  it('removes what has arrived, also when it is sent twice, and before anything has arrived', async () => {
    const { cropper, store } = await directSite()
    const { token, relativePath } = await cropper.offerUpload('leo', announce(picture))
    await cropper.abandonUpload(token, { user: 'leo' })
    await store.put(relativePath, picture)
    await expect(cropper.abandonUpload(token, { user: 'mia' })).rejects.toMatchObject({ code: 'token-user-mismatch' })
    await cropper.abandonUpload(token, { user: 'leo' })
    await cropper.abandonUpload(token, { user: 'leo' })
    expect(await keysOf(store)).toEqual([])
    await expect(cropper.acceptUpload(token)).rejects.toMatchObject({ code: 'step-out-of-order' })
  })

  it('succeeds without the right to delete, and tells what stays', async () => {
    const { driver } = await directSite()
    const leftovers: string[] = []
    const keeping = around(driver, {
      delete: async () => Promise.reject(new DriverError('permission-denied', 'no right to delete')),
    })
    const cropper = await openCropper(keeping, { onLeftover: ({ key }) => leftovers.push(key) })
    const { token, relativePath } = await cropper.offerUpload('leo', announce(picture))
    leftovers.length = 0
    await cropper.abandonUpload(token)
    expect(leftovers).toEqual([relativePath.slice(1)])
  })
})

describe('offerForm', () => {
  const redirect = (session: string) => `https://app.example/avatars/direct/done/${session}`

  it('takes any picture up to the limit, and leads back with the session', async () => {
    const { asked, cropper, driver, store } = await directSite({ maxUploadBytes: 100_000 })
    const form = await cropper.offerForm('leo', { redirect })
    expect(driver.calls).toEqual([])
    expect(asked).toMatchObject([
      {
        kind: 'post',
        contentType: 'application/octet-stream',
        minBytes: 1,
        maxBytes: 100_000,
        expiresInSeconds: 3600,
        successRedirect: redirect(form.session),
      },
    ])
    await store.put(form.relativePath, picture, { contentType: 'application/octet-stream' })
    const accepted = await cropper.acceptUpload(form.token, { user: 'leo' })
    expect(accepted.original).toMatchObject({ type: 'image/jpeg', bytes: picture.length, width: 400 })
    expect(await (await openCropper(driver)).acceptUpload(form.token)).toEqual(accepted)
    expect((await cropper.crop(accepted.token, SQUARE)).step).toBe('save')
  })

  it.each([
    ['too large', () => Buffer.alloc(100_001), 'file-too-large'],
    ['no picture', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image-unsupported'],
  ])('refuses a file that is %s, and removes it', async (_what, bytes, code) => {
    const { cropper, store } = await directSite({ maxUploadBytes: 100_000 })
    const form = await cropper.offerForm('leo', { redirect })
    await store.put(form.relativePath, bytes())
    await expect(cropper.acceptUpload(form.token)).rejects.toMatchObject({ code })
    expect(await keysOf(store)).toEqual([])
  })

  it('can be sent no longer than its session lasts, or than was asked for', async () => {
    const { asked, cropper } = await directSite({ sessionSeconds: 600 })
    await cropper.offerForm('leo', { redirect })
    await cropper.offerForm('leo', { redirect, expiresInSeconds: 60 })
    expect(asked).toMatchObject([{ expiresInSeconds: 600 }, { expiresInSeconds: 60 }])
    await expect(cropper.offerForm('leo', { redirect, expiresInSeconds: 0 })).rejects.toMatchObject({
      code: 'invalid-request',
    })
  })

  it('is shown to whoever has too much already, and counts when a file arrives', async () => {
    const { cropper, store } = await directSite({ userLimits: { openSessions: 1 } })
    const first = await cropper.upload('leo', picture)
    const form = await cropper.offerForm('leo', { redirect })
    vi.setSystemTime(Date.now() + 1000)
    await store.put(form.relativePath, picture)
    await expect(cropper.acceptUpload(form.token)).rejects.toMatchObject({ code: 'too-many-sessions' })
    expect(await keysOf(store)).toEqual([first.relativePath.slice(1)])
  })

  it('is unsupported where uploads are to be PUTs', async () => {
    const { cropper } = await directSite({ directUploads: 'PUT' })
    await expect(cropper.offerForm('leo', { redirect })).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('a direct upload of somebody without an id', () => {
  it('becomes the user’s who claims it, while it is on its way or when it has been accepted', async () => {
    const { cropper, store } = await directSite()
    const { token, relativePath } = await cropper.offerUpload(anonymous, announce(picture))
    const claimed = await cropper.claim(token, 'leo')
    expect(claimed).toMatchObject({ step: 'accept', relativePath, original: undefined, preview: undefined })
    await store.put(relativePath, picture)
    const accepted = await cropper.acceptUpload(claimed.token, { user: 'leo' })
    await expect(cropper.acceptUpload(token, { user: 'leo' })).rejects.toMatchObject({ code: 'session-unclaimed' })

    const before = await cropper.acceptUpload(token, { user: anonymous })
    const later = await cropper.claim(before.token, 'leo')
    expect(later).toMatchObject({ step: 'crop', token: accepted.token, original: { width: 400 } })
    const crop = await cropper.crop(later.token, SQUARE, { user: 'leo' })
    await cropper.save(crop.token, { user: 'leo' })
    expect((await cropper.list('leo')).avatars).toHaveLength(1)
    await cropper.forget('leo')
    expect(await keysOf(store)).toEqual([])
  })
})
