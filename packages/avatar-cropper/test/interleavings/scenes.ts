import type { StorageDriver } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import sharp from 'sharp'
import { vi } from 'vitest'
import { type AvatarCropper, anonymous, pointerKey } from '../../src/index.js'
import { MAX_PREVIOUS } from '../../src/pointer/pointer.js'
import { Avatars, keysOf, openCropper } from '../avatars.js'
import { around } from '../faults.js'
import { Snapshot } from './snapshot.js'

export const USER = 'leo'

/** How many pictures an avatar has: with two, a set can be half there; with one, three people have fewer schedules. */
const EDGES = { one: [8], two: [8, 4] } as const

export type Pictures = keyof typeof EDGES

interface Crop {
  readonly token: string
  readonly session: string
  readonly avatarId: string
}

/** `again` is another token for the avatar of `first`; `fresh` is of a session that began when all else had happened. */
type EarlyCrops = Readonly<Record<'first' | 'second' | 'again' | 'lost', Crop>>
type Crops = EarlyCrops & Readonly<Record<'fresh' | 'claimed' | 'anonymous', Crop>>

/** Where people and servers stand when two or three of them begin to act at once. */
export interface Scene {
  readonly bucket: Snapshot
  readonly crops: Crops
}

/** What one of them does, and what is told about it. */
type Act = (cropper: AvatarCropper, crops: Crops) => Promise<unknown>

export const ACTS = {
  'save first': (cropper, { first }) => cropper.save(first.token).then(({ id }) => id),
  'save first again': (cropper, { again }) => cropper.save(again.token).then(({ id }) => id),
  'save second': (cropper, { second }) => cropper.save(second.token).then(({ id }) => id),
  'save fresh': (cropper, { fresh }) => cropper.save(fresh.token).then(({ id }) => id),
  'save claimed': (cropper, { claimed }) => cropper.save(claimed.token).then(({ id }) => id),
  'select first': (cropper, { first }) => cropper.select(USER, first.avatarId).then(({ id }) => id),
  'remove first': (cropper, { first }) => cropper.remove(USER, first.avatarId),
  'remove second': (cropper, { second }) => cropper.remove(USER, second.avatarId),
  // Two at once may both say that they took one away.
  'prune 0': (cropper) => cropper.prune(USER, 0).then(({ leftovers }) => leftovers),
  list: (cropper) => cropper.list(USER).then(({ avatars }) => avatars.map(({ id }) => id)),
  claim: (cropper, crops) => cropper.claim(crops.anonymous.token, USER).then(({ avatarId }) => avatarId),
  forget: (cropper) => cropper.forget(USER),
  sweep: (cropper) => cropper.sweep('delete').then(({ failed, skipped }) => ({ failed, skipped })),
} satisfies Readonly<Record<string, Act>>

export type ActName = keyof typeof ACTS

interface Past {
  readonly bucket: StorageDriver
  readonly calm: AvatarCropper
  readonly crops: EarlyCrops
  /** Uploads once more, and crops. */
  readonly begin: () => Promise<Crop>
}

/** What happened before. */
const PASTS = {
  'nothing was saved': async () => undefined,
  'two were saved': saveTwo,
  'the list is full, and the first of two is the oldest': async (past) => {
    await saveTwo(past)
    const store = new Avatars(past.bucket)
    for (let saved = 2; saved < 1 + MAX_PREVIOUS; saved++) {
      await past.calm.save((await past.begin()).token)
    }
    const sessionOfTwo = past.crops.first.session
    for (const key of await keysOf(store, 'tmp/')) if (!key.includes(sessionOfTwo)) await store.delete(key)
  },
  'a prune died before it deleted pictures': async (past) => {
    await saveTwo(past)
    const dying = around(past.bucket, { delete: () => Promise.reject(new Error('killed')) })
    await (await openCropper(dying)).prune(USER, 0)
  },
  'a forget died before it deleted anything': async (past) => {
    await saveTwo(past)
    const dying = around(past.bucket, { list: () => Promise.reject(new Error('killed')) })
    await (await openCropper(dying)).forget(USER).catch(() => undefined)
  },
  'two were saved yesterday, when a third save died before the pointer': async (past) => {
    const { bucket, crops } = past
    await saveTwo(past)
    const dying = around(bucket, {
      put: (at, ...rest) =>
        at.key === pointerKey(USER) ? Promise.reject(new Error('killed')) : bucket.put(at, ...rest),
    })
    await (await openCropper(dying)).save(crops.lost.token).catch(() => undefined)
    vi.setSystemTime(Date.now() + 26 * 3_600_000)
  },
} satisfies Readonly<Record<string, (past: Past) => Promise<void>>>

export type PastName = keyof typeof PASTS

async function saveTwo({ calm, crops }: Past): Promise<void> {
  await calm.save(crops.first.token)
  await calm.save(crops.second.token)
}

/** Lets everything happen that came before. */
export async function setScene(past: PastName, pictures: Pictures): Promise<Scene> {
  const bucket = new MemoryDriver()
  const calm = await openCropper(bucket, { edges: EDGES[pictures], previewEdge: 8 })
  const picture = await sharp({ create: { width: 12, height: 8, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const crop = async (token: string, x: number): Promise<Crop> => {
    // Crops of the same millisecond have no order.
    vi.setSystemTime(Date.now() + 10)
    return calm.crop(token, { x, y: 0, width: 8, height: 8 })
  }
  const begin = async () => crop((await calm.upload(USER, picture)).token, 2)
  const { token } = await calm.upload(USER, picture)
  const early = {
    first: await crop(token, 0),
    second: await crop(token, 1),
    again: await crop(token, 0),
    lost: await crop(token, 3),
  }
  await PASTS[past]({ bucket, calm, crops: early, begin })
  const nobodys = (await calm.upload(anonymous, picture)).token
  const claimed = (await calm.claim((await calm.upload(anonymous, picture)).token, USER)).token
  const crops = {
    ...early,
    fresh: await begin(),
    anonymous: await crop(nobodys, 2),
    claimed: await crop(claimed, 2),
  }
  // Nobody reads previews any more; each would only double the number of schedules.
  const store = new Avatars(bucket)
  for (const key of await keysOf(store, 'tmp/')) if (key.includes('/crop-')) await store.delete(key)
  return { bucket: await Snapshot.of(bucket), crops }
}
