import { type BucketStore, type StorageDriver, StoreError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AvatarCropper, type CroppedAvatar, CropperError, pointerKey } from '../src/index.js'
import { avatarsOf, type Pointer } from '../src/pointer.js'
import { decodePointer } from '../src/pointer-codec.js'
import { Avatars, bytesOf, openCropper } from './avatars.js'
import { around, lostReply } from './faults.js'

/** What people and their browsers do, at the same time, on several servers. Numbers choose a token or an avatar. */
type Action =
  | { readonly kind: 'save'; readonly token: number }
  | { readonly kind: 'select'; readonly avatar: number }
  | { readonly kind: 'remove'; readonly avatar: number }
  | { readonly kind: 'prune'; readonly keep: number }

/** Few avatars, each cropped twice, so that actions meet. */
const CROPS = [0, 1, 0, 1] as const
const avatar = fc.nat({ max: 1 })
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('save' as const), token: fc.nat({ max: CROPS.length - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('select' as const), avatar }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), avatar }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const), keep: fc.nat({ max: 1 }) }) },
)

/** What happens to a call on its way to the bucket. */
const fates = fc.infiniteStream(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant('arrives' as const) },
    { weight: 1, arbitrary: fc.constant('is lost' as const) },
    { weight: 1, arbitrary: fc.constant('arrives, but its reply is lost' as const) },
    { weight: 1, arbitrary: fc.constant('never happens, as the server dies' as const) },
  ),
)

class Killed extends Error {}

let picture: Buffer
beforeAll(async () => {
  picture = await sharp({ create: { width: 12, height: 8, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
})
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Fails the moment the pointer names an object that is not there. */
function watched(inner: StorageDriver, violations: string[]): StorageDriver {
  const store = new Avatars(inner)
  const check = async (what: string) => {
    const pointer = await readPointer(store)
    const removed = new Set(pointer.removed.map(({ id }) => id))
    const operations = pointer.operations.map(({ id }) => id)
    if (new Set(operations).size < operations.length) violations.push(`${what}: an operation is listed twice`)
    for (const { id, objects } of avatarsOf(pointer)) {
      if (removed.has(id)) violations.push(`${what}: a removed avatar is shown`)
      for (const { key } of objects) {
        if (!(await exists(store, key))) violations.push(`${what}: ${key} is named, but gone`)
      }
    }
  }
  let revision = 0
  return around(inner, {
    put: async (at, body, options) => {
      const written = await inner.put(at, body, options)
      if (at.key === pointerKey('leo')) {
        const pointer = await readPointer(store)
        if (pointer.revision !== revision + 1) violations.push(`revision ${pointer.revision} follows ${revision}`)
        revision = pointer.revision
        await check('after a swap')
      }
      return written
    },
    delete: async (at, options) => {
      await inner.delete(at, options)
      if (revision > 0) await check('after a deletion')
    },
  })
}

async function readPointer(store: BucketStore): Promise<Pointer> {
  return decodePointer(String(await bytesOf(store, pointerKey('leo'))), 'avatar.json')
}

async function exists(store: BucketStore, key: string): Promise<boolean> {
  return store.head(key).then(
    () => true,
    (error) => {
      if (StoreError.is(error, 'not-found')) return false
      throw error
    },
  )
}

/** A server whose calls wait for their turn, and meet their fate, from when `next` has one. */
function troubled(inner: StorageDriver, scheduler: fc.Scheduler, next: () => string | undefined): StorageDriver {
  const send = async <T>(name: string, writes: boolean, call: () => Promise<T>): Promise<T> => {
    const fate = next()
    if (fate === undefined) return call()
    if (fate === 'never happens, as the server dies') throw new Killed()
    await scheduler.schedule(Promise.resolve(), name)
    if (writes && fate === 'is lost') throw lostReply()
    const result = await call()
    if (writes && fate === 'arrives, but its reply is lost') throw lostReply()
    return result
  }
  return around(inner, {
    get: (at, options) => send(`get ${at.key}`, false, () => inner.get(at, options)),
    head: (at, options) => send(`head ${at.key}`, false, () => inner.head(at, options)),
    put: (at, body, options) => send(`put ${at.key}`, true, () => inner.put(at, body, options)),
    delete: (at, options) => send(`delete ${at.key}`, false, () => inner.delete(at, options)),
    explain: (error) => inner.explain(error),
  })
}

interface Prepared {
  readonly tokens: readonly string[]
  readonly avatarIds: readonly string[]
}

/** One upload, cropped several times. */
async function prepare(cropper: AvatarCropper): Promise<Prepared> {
  const { token } = await cropper.upload('leo', picture)
  const crops: CroppedAvatar[] = []
  for (const x of CROPS) crops.push(await cropper.crop(token, { x, y: 0, width: 8, height: 8 }))
  const avatarIds = crops.map(({ avatarId }) => avatarId)
  expect(new Set(avatarIds).size).toBe(2)
  return { tokens: crops.map((crop) => crop.token), avatarIds }
}

async function perform(cropper: AvatarCropper, { tokens, avatarIds }: Prepared, action: Action): Promise<string> {
  try {
    if (action.kind === 'save') return (await cropper.save(tokens[action.token] as string)).id
    if (action.kind === 'select') return (await cropper.select('leo', avatarIds[action.avatar] as string)).id
    if (action.kind === 'remove')
      return String((await cropper.remove('leo', avatarIds[action.avatar] as string)).removed)
    return String((await cropper.prune('leo', action.keep)).removed)
  } catch (error) {
    if (CropperError.is(error, 'not-found', 'step-out-of-order')) return error.code
    if (error instanceof StoreError && (error.cause instanceof Killed || error.code === 'outcome-unknown'))
      return 'killed'
    throw error
  }
}

describe('saves, selections and removals at the same time', () => {
  it('never show what is not there, and take effect once each', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 2, maxLength: 7 }),
        fates,
        fc.scheduler(),
        async (actions, fate, scheduler) => {
          const violations: string[] = []
          const bucket = watched(new MemoryDriver(), violations)
          const calm = await openCropper(bucket, { edges: [8, 4], previewEdge: 8 })
          const prepared = await prepare(calm)
          let begun = false
          const driver = troubled(bucket, scheduler, () => (begun ? fate.next().value : undefined))
          const server = await openCropper(driver, { edges: [8, 4] })
          begun = true
          await scheduler.waitFor(Promise.all(actions.map((each) => perform(server, prepared, each))))

          // Whoever got no answer sends it again: by now nothing fails.
          for (const each of actions) expect(await perform(calm, prepared, each)).not.toBe('killed')
          expect(violations).toEqual([])
        },
      ),
      { numRuns: 40 },
    )
  })
})
