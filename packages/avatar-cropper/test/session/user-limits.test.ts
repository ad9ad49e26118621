import { MemoryDriver } from '@bucket-brigade/core/memory'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { anonymous, type UserLimits } from '../../src/index.js'
import { Avatars, keysOf, openCropper, SQUARE } from '../avatars.js'
import { around, counting } from '../faults.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2024-05-06T07:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

async function limited(userLimits: UserLimits) {
  const driver = counting(
    around(new MemoryDriver(), {
      presignUpload: async () => ({ method: 'POST', url: '', fields: {}, expiresAt: new Date(0) }),
    }),
  )
  const cropper = await openCropper(driver, { userLimits, sessionSeconds: 3600 })
  driver.calls.length = 0
  return { driver, cropper, store: new Avatars(driver) }
}

function minutesLater(minutes: number) {
  vi.setSystemTime(Date.now() + minutes * 60_000)
}

describe('openSessions', () => {
  it('lets each user have so many uploads in progress, and says when there is room again', async () => {
    const { cropper } = await limited({ openSessions: 2 })
    await cropper.upload('leo', picture)
    minutesLater(10)
    await cropper.upload('leo', picture)
    minutesLater(10)
    await expect(cropper.upload('leo', picture)).rejects.toMatchObject({
      code: 'too-many-sessions',
      parameters: { limit: 2, retryAfterSeconds: 40 * 60 },
    })
    const file = { type: 'image/jpeg', bytes: picture.length }
    await expect(cropper.offerUpload('leo', file)).rejects.toMatchObject({ code: 'too-many-sessions' })
    await cropper.upload('mia', picture)
    minutesLater(40)
    await cropper.upload('leo', picture)
  })

  it('stores nothing of what is too much', async () => {
    const { cropper, store } = await limited({ openSessions: 1 })
    await cropper.upload('leo', picture)
    await expect(cropper.upload('leo', picture)).rejects.toMatchObject({ code: 'too-many-sessions' })
    expect(await keysOf(store)).toHaveLength(1)
  })

  it('holds for offers that were made before: the first that arrives is taken, the other one removed', async () => {
    const { cropper, store } = await limited({ openSessions: 1 })
    const file = { type: 'image/jpeg', bytes: picture.length }
    const [one, two] = [await cropper.offerUpload('leo', file), await cropper.offerUpload('leo', file)]
    await store.put(two.relativePath, picture)
    minutesLater(1)
    await store.put(one.relativePath, picture)
    await expect(cropper.acceptUpload(one.token)).rejects.toMatchObject({ code: 'too-many-sessions' })
    const accepted = await cropper.acceptUpload(two.token)
    expect(await cropper.acceptUpload(two.token)).toEqual(accepted)
    expect(await keysOf(store)).toEqual([two.relativePath.slice(1)])
  })

  it('takes one listing request, and none where no limit is set', async () => {
    const { cropper, driver } = await limited({ openSessions: 5 })
    await cropper.upload('leo', picture)
    expect(driver.calls.filter((call) => call.startsWith('list'))).toEqual(['list tmp/avatars/leo/'])
    const free = await limited({})
    await free.cropper.upload('leo', picture)
    expect(free.driver.calls.filter((call) => call.startsWith('list'))).toEqual([])
  })

  it('counts no anonymous sessions, as nobody knows whose they are', async () => {
    const { cropper, driver } = await limited({ openSessions: 1 })
    await cropper.upload(anonymous, picture)
    await cropper.upload(anonymous, picture)
    expect(driver.calls.filter((call) => call.startsWith('list'))).toEqual([])
  })
})

describe('temporaryBytes', () => {
  it('lets each user take so much room, with the previews', async () => {
    const { cropper } = await limited({ temporaryBytes: picture.length * 2 + 1 })
    const { token } = await cropper.upload('leo', picture)
    await cropper.upload('leo', picture)
    const refusal = { code: 'too-many-bytes', parameters: { retryAfterSeconds: 3600 } }
    await expect(cropper.upload('leo', picture)).rejects.toMatchObject(refusal)
    await cropper.crop(token, SQUARE)
    await expect(cropper.crop(token, { ...SQUARE, x: 7 })).rejects.toMatchObject({ code: 'too-many-bytes' })
    minutesLater(60)
    await cropper.upload('leo', picture)
  })
})
