import { MemoryDriver } from '@bucket-brigade/core/memory'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type AvatarLayout, defaultLayout, userSegment } from '../../src/index.js'
import { Avatars, keysOf, openCropper, SQUARE } from '../avatars.js'
import { quarters } from '../pictures.js'

afterEach(() => vi.useRealTimers())

/** As BuddyPress names them: a folder per member, files by time and kind. */
const BY_TIME: AvatarLayout = {
  userPrefix: (user) => `avatars/${userSegment(user)}/`,
  key: ({ user, issuedAt, edge, extension }) =>
    `avatars/${userSegment(user)}/${issuedAt.getTime() / 1000}-${edge === 64 ? 'bpfull' : 'bpthumb'}.${extension}`,
}

describe('a layout', () => {
  it.each([
    ['the default one', defaultLayout],
    ['one by time', BY_TIME],
  ])('is taken where every picture has a place of its own: %s', async (_what, layout) => {
    await openCropper(new MemoryDriver(), { layout, extraFormats: ['webp'] })
  })

  it('by time keeps two crops of one upload apart', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2024-02-03T04:05:06.789Z') })
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver, { layout: BY_TIME })
    const { token } = await cropper.upload('leo', await quarters())
    for (const x of [0, 1]) {
      await cropper.save((await cropper.crop(token, { ...SQUARE, x })).token)
      vi.advanceTimersByTime(1000)
    }
    const keys = ['1706933106-bpfull.jpg', '1706933106-bpthumb.jpg', '1706933107-bpfull.jpg', '1706933107-bpthumb.jpg']
    const both = keys.map((name) => `avatars/leo/${name}`)
    expect(await keysOf(new Avatars(driver), 'avatars/')).toEqual(both)

    // The first one cropped and saved again is that avatar still, and leaves no other pictures of it.
    const { id } = await cropper.save((await cropper.crop(token, SQUARE)).token)
    expect(await keysOf(new Avatars(driver), 'avatars/')).toEqual(both)
    await cropper.remove('leo', id)
    expect(await keysOf(new Avatars(driver), 'avatars/')).toEqual(both.slice(2))
  })

  it.each<[string, Partial<AvatarLayout>, string]>([
    [
      'all in one',
      { key: ({ user, extension }) => `${BY_TIME.userPrefix(user)}face.${extension}` },
      'the key of two pictures',
    ],
    [
      'the same for every edge',
      { key: ({ user, avatarId, extension }) => `${BY_TIME.userPrefix(user)}${avatarId}.${extension}` },
      'the key of two pictures',
    ],
    ['without extension', { key: (object) => BY_TIME.key(object).replace(/\..*/, '') }, 'must end with the extension'],
    ['outside of the prefix', { key: (object) => `other/${BY_TIME.key(object)}` }, 'must begin with userPrefix'],
    ['a prefix for all', { userPrefix: () => 'avatars/' }, 'pictures of another user'],
    ['a prefix of another user', { userPrefix: (user) => `avatars/${user.slice(0, 1)}/` }, 'pictures of another user'],
    ['a prefix that does not end', { userPrefix: (user) => `avatars/${userSegment(user)}` }, 'ends in "/"'],
    ['no prefix', { userPrefix: () => '' }, 'ends in "/"'],
    ['a user as they are', { userPrefix: (user) => `avatars/${user}/` }, 'valid prefix'],
    ['a private place', { userPrefix: (user) => `tmp/${userSegment(user)}/` }, 'private'],
    ['something random', { key: (object) => BY_TIME.key(object).replace('bp', String(Math.random())) }, 'same key'],
    [
      'finals that do not know their own',
      { finals: { prefix: 'avatars/', segmentOf: () => undefined } },
      'finals must recognise',
    ],
  ])('is refused while the application starts: %s', async (_what, fault, message) => {
    await expect(openCropper(new MemoryDriver(), { layout: { ...BY_TIME, ...fault } })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(message),
    })
  })
})
