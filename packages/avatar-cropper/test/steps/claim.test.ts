import { MemoryDriver } from '@bucket-brigade/core/memory'
import { beforeAll, describe, expect, it } from 'vitest'
import { anonymous } from '../../src/index.js'
import { Avatars, keysOf, openCropper, SQUARE } from '../avatars.js'
import { counting } from '../faults.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

/** A person without an id has uploaded, on one server; another one goes on. */
async function begun() {
  const driver = counting(new MemoryDriver())
  const uploaded = await (await openCropper(driver)).upload(anonymous, picture)
  return { driver, store: new Avatars(driver), cropper: await openCropper(driver), uploaded }
}

describe('an anonymous session', () => {
  it('is uploaded and cropped by nobody, and saved by the user who claims it', async () => {
    const { cropper, store, uploaded } = await begun()
    const crop = await cropper.crop(uploaded.token, SQUARE, { user: anonymous })
    const claimed = await cropper.claim(crop.token, 'leo')
    expect(claimed).toMatchObject({ step: 'save', avatarId: crop.avatarId, session: uploaded.session })
    expect(claimed.deadline).toEqual(uploaded.deadline)
    const avatar = await cropper.save(claimed.token, { user: 'leo' })
    expect(avatar.id).toBe(crop.avatarId)
    expect((await cropper.list('leo')).current).toEqual(avatar)
    expect(await keysOf(store, 'uploads/')).toHaveLength(2)
    expect(await keysOf(store, 'tmp/avatars/~anonymous/')).toHaveLength(2)
  })

  it('is cropped by the user when it was claimed before', async () => {
    const { cropper, uploaded } = await begun()
    const claimed = await cropper.claim(uploaded.token, 'leo')
    expect(claimed).toMatchObject({ step: 'crop', avatarId: undefined, original: { width: 400, height: 300 } })
    const crop = await cropper.crop(claimed.token, SQUARE, { user: 'leo' })
    expect(crop.relativePath).toContain('/tmp/avatars/leo/')
    await cropper.save(crop.token, { user: 'leo' })
  })

  it('cannot be saved before it is claimed, by nobody and by no user', async () => {
    const { cropper, driver, uploaded } = await begun()
    const { token } = await cropper.crop(uploaded.token, SQUARE)
    driver.calls.length = 0
    const refusal = { code: 'session-unclaimed', message: expect.stringContaining('claim it') }
    await expect(cropper.save(token)).rejects.toMatchObject(refusal)
    await expect(cropper.save(token, { user: anonymous })).rejects.toMatchObject(refusal)
    await expect(cropper.save(token, { user: 'leo' })).rejects.toMatchObject(refusal)
    await expect(cropper.crop(uploaded.token, SQUARE, { user: 'leo' })).rejects.toMatchObject(refusal)
    expect(driver.calls).toEqual([])
  })

  it('gives the same token when it is claimed again, also by the token that came back', async () => {
    const { cropper, uploaded } = await begun()
    const claimed = await cropper.claim(uploaded.token, 'leo')
    expect(await cropper.claim(uploaded.token, 'leo')).toEqual(claimed)
    expect(await cropper.claim(claimed.token, 'leo')).toEqual(claimed)
  })

  it('stays with the user who claimed it: their token is of no use to others, nor to nobody', async () => {
    const { cropper, uploaded } = await begun()
    const { token } = await cropper.claim(uploaded.token, 'leo')
    const refusal = { code: 'token-user-mismatch' }
    await expect(cropper.claim(token, 'mia')).rejects.toMatchObject(refusal)
    await expect(cropper.crop(token, SQUARE, { user: 'mia' })).rejects.toMatchObject(refusal)
    await expect(cropper.crop(token, SQUARE, { user: anonymous })).rejects.toMatchObject(refusal)
  })

  it('is never a user’s by mistake: an empty id is no person, and anonymous claims nothing', async () => {
    const { cropper, uploaded, driver } = await begun()
    driver.calls.length = 0
    const refusal = { code: 'invalid-request' }
    await expect(cropper.upload('', picture)).rejects.toMatchObject(refusal)
    await expect(cropper.crop(uploaded.token, SQUARE, { user: '' })).rejects.toMatchObject(refusal)
    await expect(cropper.claim(uploaded.token, '')).rejects.toMatchObject(refusal)
    await expect(cropper.claim(uploaded.token, anonymous as unknown as string)).rejects.toMatchObject(refusal)
    await expect(cropper.claim('forged', 'leo')).rejects.toMatchObject({ code: 'token-invalid' })
    expect(driver.calls).toEqual([])
  })

  it('has a place of its own, which no user’s id can be', async () => {
    const { cropper, uploaded, store } = await begun()
    await cropper.upload('~anonymous', picture)
    expect(await keysOf(store, 'tmp/avatars/~anonymous/')).toEqual([uploaded.relativePath.slice(1)])
  })

  it('is forgotten with the user who claimed it, and other people’s are not', async () => {
    const { cropper, store, uploaded } = await begun()
    const other = await cropper.upload(anonymous, picture)
    const claimed = await cropper.claim((await cropper.crop(uploaded.token, SQUARE)).token, 'leo')
    await cropper.save(claimed.token)
    await cropper.forget('leo')
    expect(await keysOf(store)).toEqual([other.relativePath.slice(1)])
    await expect(cropper.save(claimed.token)).rejects.toMatchObject({ code: 'session-expired' })
  })
})
