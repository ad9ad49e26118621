import { StoreError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { pointerKey } from '../../src/index.js'
import { Avatars, bytesOf, cropped, keysOf, openCropper, PublicAvatars, SQUARE } from '../avatars.js'
import { around, counting, lostReply, onPut } from '../faults.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const FINAL = /^uploads\//

describe('save', { retry: 0 }, () => {
  it('asks the bucket six times, for the first avatar of a user: pointer twice, original, two pictures, pointer', async () => {
    const driver = counting(new MemoryDriver())
    const cropper = await openCropper(driver)
    const token = await cropped(cropper, 'leo', picture)
    driver.calls.length = 0
    const { id } = await cropper.save(token)
    expect(driver.calls.map((call) => call.replace(/[0-9a-f]{32}/g, '*'))).toEqual([
      'get state/avatars/leo/avatar.json',
      'put state/avatars/leo/avatar.json',
      'get tmp/avatars/leo/*/original',
      'put uploads/users/leo/*-64.jpg',
      'put uploads/users/leo/*-32.jpg',
      'put state/avatars/leo/avatar.json',
    ])
    driver.calls.length = 0
    expect((await cropper.save(token)).id).toBe(id)
    expect(driver.calls).toEqual(['get state/avatars/leo/avatar.json'])
  })

  it('goes on after a crash between the pictures and the pointer', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    const token = await cropped(await openCropper(driver), 'leo', picture)
    let die = () => {}
    const dead = new Promise<void>((resolve) => {
      die = resolve
    })
    const dying = onPut(driver, /avatar\.json$/, (put, at, body, options) => {
      if (options.mode === 'create') return put(at, body, options)
      die()
      return new Promise(() => undefined)
    })
    void (await openCropper(dying)).save(token)
    await dead
    expect(await keysOf(store, 'uploads/')).toHaveLength(2)
    const before = (await store.list('uploads/').toArray()).map(({ etag, lastModified }) => [etag, lastModified])

    const another = await openCropper(driver)
    expect((await another.list('leo')).current).toBeUndefined()
    const avatar = await another.save(token)
    expect((await another.list('leo')).current).toEqual(avatar)
    const after = (await store.list('uploads/').toArray()).map(({ etag, lastModified }) => [etag, lastModified])
    expect(after).toEqual(before)
  })

  it('settles pictures whose reply was lost by looking at them', async () => {
    const lost = new Set<string>()
    const driver = onPut(new MemoryDriver(), FINAL, async (put, at, body, options) => {
      const first = !lost.has(at.key)
      lost.add(at.key)
      if (first && at.key.endsWith('-32.jpg')) throw lostReply()
      const written = await put(at, body, options)
      if (first) throw lostReply()
      return written
    })
    const cropper = await openCropper(driver)
    const avatar = await cropper.save(await cropped(cropper, 'leo', picture))
    expect(Object.keys(avatar.sizes)).toEqual(['32', '64'])
    expect(await keysOf(new Avatars(driver), 'uploads/')).toHaveLength(2)
  })

  it('gives up on a picture that never arrives, and shows nothing of it', async () => {
    const driver = onPut(new MemoryDriver(), FINAL, async () => {
      throw lostReply()
    })
    const cropper = await openCropper(driver)
    const token = await cropped(cropper, 'leo', picture)
    await expect(cropper.save(token)).rejects.toMatchObject({ code: 'outcome-unknown' })
    expect((await cropper.list('leo')).avatars).toEqual([])
  })

  it('does not take the place of what somebody else put at the key', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    const cropper = await openCropper(driver)
    const { token, avatarId } = await cropper.crop((await cropper.upload('leo', picture)).token, SQUARE)
    const key = `uploads/users/leo/${avatarId}-32.jpg`
    await store.put(key, 'somebody else')
    await expect(cropper.save(token)).rejects.toSatisfy((error) => StoreError.is(error, 'already-exists'))
    expect(String(await bytesOf(store, key))).toBe('somebody else')
  })

  it('answers a double click once: two servers, one avatar', async () => {
    const driver = new MemoryDriver()
    const token = await cropped(await openCropper(driver), 'leo', picture)
    const [one, two] = await Promise.all([
      (await openCropper(driver)).save(token),
      (await openCropper(driver)).save(token),
    ])
    expect(two).toEqual(one)
    const pointer = JSON.parse(String(await bytesOf(new Avatars(driver), pointerKey('leo'))))
    expect(pointer.operations).toHaveLength(1)
  })

  it('keeps both avatars of two tabs on one upload, and shows one of them', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const { token } = await cropper.upload('leo', picture)
    const tabs = await Promise.all([0, 100].map((x) => cropper.crop(token, { ...SQUARE, x })))
    const saved = await Promise.all(tabs.map((tab) => cropper.save(tab.token)))
    const { current, avatars } = await cropper.list('leo')
    expect(saved).toContainEqual(current)
    expect(avatars).toHaveLength(2)
    expect(await keysOf(new Avatars(driver), 'uploads/')).toHaveLength(4)
  })

  it('ends every one of 40 racing saves with an answer', async () => {
    const driver = new MemoryDriver()
    const servers = await Promise.all([1, 2, 3].map(() => openCropper(driver, { edges: [8] })))
    const { token } = await (servers[0] as (typeof servers)[0]).upload('leo', picture)
    const crops = await Promise.all(
      Array.from({ length: 40 }, (_, x) => (servers[0] as (typeof servers)[0]).crop(token, { ...SQUARE, x })),
    )
    const saves = crops.map((crop, at) => (servers[at % 3] as (typeof servers)[0]).save(crop.token))
    const saved = await Promise.all(saves)
    const pointer = JSON.parse(String(await bytesOf(new Avatars(driver), pointerKey('leo'))))
    const listed = pointer.operations.map(({ avatarId }: { avatarId: string }) => avatarId)
    expect(listed.toSorted()).toEqual(saved.map(({ id }) => id).toSorted())
    expect(pointer.revision).toBe(41)
  })

  it('saves what the token says, on a server with other settings', async () => {
    const driver = new MemoryDriver()
    const token = await cropped(await openCropper(driver), 'leo', picture)
    const avatar = await (await openCropper(driver, { edges: [128], format: 'png' })).save(token)
    expect(Object.keys(avatar.sizes)).toEqual(['32', '64'])
  })

  it('notices that the original was replaced, or is gone', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    const cropper = await openCropper(driver)
    const { token, relativePath } = await cropper.upload('leo', picture)
    const crop = await cropper.crop(token, SQUARE)
    await store.put(relativePath, await quarters(200, 200))
    await expect(cropper.save(crop.token)).rejects.toMatchObject({ code: 'original-changed' })
    await store.delete(relativePath)
    await expect(cropper.save(crop.token)).rejects.toMatchObject({ code: 'session-expired' })
    expect(await keysOf(store, 'uploads/')).toEqual([])
  })

  it('writes final objects with the ACL of the store, everything else private', async () => {
    const acls = new Map<string, unknown>()
    const driver = onPut(new MemoryDriver(), /./, (put, at, body, options) => {
      acls.set(at.key.replace(/[0-9a-f]{32}/g, '*').replace(/\*-\d+/, '*-n'), options.acl)
      return put(at, body, options)
    })
    const cropper = await openCropper(driver, { store: new PublicAvatars(driver) })
    acls.clear()
    await cropper.save(await cropped(cropper, 'leo', picture))
    expect(Object.fromEntries(acls)).toEqual({
      'tmp/avatars/leo/*/original': 'private',
      'tmp/avatars/leo/*/crop-*.jpg': 'private',
      'uploads/users/leo/*-n.jpg': 'public-read',
      'state/avatars/leo/avatar.json': 'private',
    })
  })
})

describe('a save that the list has no room for', () => {
  it('takes the oldest avatar away with its pictures, and tells what may not be deleted', async () => {
    const driver = new MemoryDriver()
    const leftovers: string[] = []
    const onLeftover = ({ key }: { readonly key: string }) => leftovers.push(key)
    const cropper = await openCropper(driver, { edges: [8, 4], previewEdge: 8, onLeftover })
    const ids: string[] = []
    for (let at = 0; at < 52; at++) ids.push((await cropper.save(await cropped(cropper, 'leo', picture))).id)
    const shown = (await cropper.list('leo')).avatars.map(({ id }) => id)
    expect(shown).toEqual(ids.slice(1).toReversed())
    expect(await keysOf(new Avatars(driver), 'uploads/')).toHaveLength(2 * 51)
    await expect(cropper.remove('leo', ids[0] as string)).resolves.toMatchObject({ leftovers: [] })

    const keeping = around(driver, { delete: async () => Promise.reject(new Error('no right to delete')) })
    const token = await cropped(cropper, 'leo', picture)
    const keeper = await openCropper(keeping, { edges: [8, 4], onLeftover })
    // Of the probe.
    leftovers.length = 0
    await keeper.save(token)
    expect(leftovers.toSorted()).toEqual([4, 8].map((edge) => `uploads/users/leo/${ids[1]}-${edge}.jpg`))
    expect(await keysOf(new Avatars(driver), 'uploads/')).toHaveLength(2 * 52)
    expect(await cropper.prune('leo', 50)).toEqual({ removed: [], leftovers: [] })
    expect(await keysOf(new Avatars(driver), 'uploads/')).toHaveLength(2 * 51)
  })
})

describe('save and removal at the same time', { retry: 0 }, () => {
  it('does not show an avatar that was removed while its second save was on its way', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const { token } = await cropper.upload('leo', picture)
    const [first, second] = [await cropper.crop(token, SQUARE), await cropper.crop(token, SQUARE)]
    const { id } = await cropper.save(first.token)
    let removal: Promise<unknown> | undefined
    const slow = onPut(driver, /avatar\.json$/, async (put, at, body, options) => {
      removal ??= cropper.remove('leo', id)
      await removal
      return put(at, body, options)
    })
    const saving = (await openCropper(slow)).save(second.token)
    await expect(saving).rejects.toMatchObject({ code: 'step-out-of-order' })
    expect((await cropper.list('leo')).avatars).toEqual([])
  })

  it('refuses to bring a removed avatar back by its old token, and writes nothing', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const token = await cropped(cropper, 'leo', picture)
    const { id } = await cropper.save(token)
    expect(await cropper.remove('leo', id)).toEqual({ removed: [id], leftovers: [] })
    await expect(cropper.save(token)).rejects.toMatchObject({
      code: 'step-out-of-order',
      message: expect.stringContaining('upload a picture again'),
    })
    expect(await keysOf(new Avatars(driver), 'uploads/')).toEqual([])
  })
})
