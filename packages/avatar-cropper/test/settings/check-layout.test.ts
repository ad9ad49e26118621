import { MemoryDriver } from '@bucket-brigade/core/memory'
import { describe, expect, it } from 'vitest'
import { type AvatarLayout, defaultLayout, userSegment } from '../../src/index.js'
import { openCropper } from '../avatars.js'

/** As BuddyPress names them: a folder per member, files by time and kind; and by avatar, as one upload may be cropped twice. */
const BY_TIME: AvatarLayout = {
  userPrefix: (user) => `avatars/${userSegment(user)}/`,
  key: ({ user, avatarId, issuedAt, edge, extension }) =>
    `${BY_TIME.userPrefix(user)}${issuedAt.getTime() / 1000}-${avatarId}-${edge === 64 ? 'bpfull' : 'bpthumb'}.${extension}`,
}

describe('a layout', () => {
  it.each([
    ['the default one', defaultLayout],
    ['one by time', BY_TIME],
  ])('is taken where every picture has a place of its own: %s', async (_what, layout) => {
    await openCropper(new MemoryDriver(), { layout, extraFormats: ['webp'] })
  })

  it.each<[string, Partial<AvatarLayout>, string]>([
    [
      'all in one',
      { key: ({ user, extension }) => `${BY_TIME.userPrefix(user)}face.${extension}` },
      'the key of two pictures',
    ],
    [
      'by time alone: two crops of one upload would be one',
      { key: (object) => BY_TIME.key(object).replace(`-${object.avatarId}`, '') },
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
