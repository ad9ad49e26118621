import { type BucketStore, type StorageDriver, StoreError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AvatarCropper, type CroppedAvatar, CropperError, pointerKey } from '../src/index.js'
import { avatarsOf, type Pointer } from '../src/pointer/pointer.js'
import { decodePointer } from '../src/pointer/pointer-codec.js'
import { Avatars, bytesOf, openCropper } from './avatars.js'
import { around, lostReply } from './faults.js'

/** What people and their browsers do, at the same time, on several servers. Numbers choose a token or an avatar. */
type Action =
  | { readonly kind: 'save'; readonly token: number }
  | { readonly kind: 'select'; readonly avatar: number }
  | { readonly kind: 'remove'; readonly avatar: number }
  | { readonly kind: 'prune'; readonly keep: number }
  | { readonly kind: 'list' }
  | { readonly kind: 'begin' }
  /** `after`: turns that others have had by then. */
  | { readonly kind: 'forget' | 'sweep'; readonly after: number }

/** Few avatars, each cropped twice, so that actions meet. */
const CROPS = [0, 1, 0, 1] as const
const avatar = fc.nat({ max: 1 })
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('save' as const), token: fc.nat({ max: CROPS.length - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('select' as const), avatar }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), avatar }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const), keep: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'list' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), after: fc.constant(0) }) },
)

const ANY: fc.Arbitrary<readonly Action[]> = fc.array(action, { minLength: 2, maxLength: 7 })

/** Forgetting meets what was begun before, and what begins meanwhile. */
const FORGETTING: fc.Arbitrary<readonly Action[]> = fc
  .record({
    token: fc.nat({ max: CROPS.length - 1 }),
    anew: fc.boolean(),
    after: fc.nat({ max: 12 }),
  })
  .map(({ token, anew, after }) => [
    { kind: 'save', token },
    { kind: 'forget', after },
    ...(anew ? [{ kind: 'begin' } as const] : []),
  ])

/** What was saved a day ago meets what people do today. */
const SWEEPING: fc.Arbitrary<readonly Action[]> = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: fc.constant({ kind: 'begin' as const }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('select' as const), avatar }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), avatar }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const), keep: fc.nat({ max: 1 }) }) },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .chain((others) => fc.nat({ max: 12 }).map((after): readonly Action[] => [{ kind: 'sweep', after }, ...others]))

/** What happens to a call on its way to the bucket. */
function fates(weights: { readonly late: number; readonly lost: number }) {
  return fc.infiniteStream(
    fc.oneof(
      { weight: 16, arbitrary: fc.constant('arrives' as const) },
      { weight: weights.late, arbitrary: fc.constant('arrives late' as const) },
      { weight: weights.lost, arbitrary: fc.constant('is lost' as const) },
      { weight: weights.lost, arbitrary: fc.constant('arrives, but its reply is lost' as const) },
      { weight: weights.lost, arbitrary: fc.constant('never happens, as the server dies' as const) },
    ),
  )
}

/** Holds calls back until everybody else is through, or held back too: then one after the other goes on. */
class Latecomers {
  readonly #waiting: (() => void)[] = []
  #unfinished: number

  constructor(actions: number) {
    this.#unfinished = actions
  }

  async wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
      this.#letGo()
    })
  }

  oneIsThrough(): void {
    this.#unfinished--
    this.#letGo()
  }

  #letGo(): void {
    if (this.#waiting.length >= this.#unfinished) this.#waiting.shift()?.()
  }
}

class Killed extends Error {}

let picture: Buffer
beforeAll(async () => {
  picture = await sharp({ create: { width: 12, height: 8, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
})
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Fails the moment the pointer names an object that is not there. */
function watched(inner: StorageDriver, violations: string[]): StorageDriver {
  const store = new Avatars(inner)
  const check = async (what: string) => {
    const pointer = await readPointer(store)
    if (!pointer) return
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
        const written = (await readPointer(store))?.revision ?? 0
        if (written !== revision + 1) violations.push(`revision ${written} follows ${revision}`)
        revision = written
        await check('after a swap')
      }
      return written
    },
    delete: async (at, options) => {
      await inner.delete(at, options)
      if (at.key === pointerKey('leo')) revision = 0
      await check(`after the deletion of ${at.key}`)
    },
    deleteMany: async (bucket, keys, options) => {
      const failures = await inner.deleteMany(bucket, keys, options)
      await check('after deletions')
      return failures
    },
  })
}

/** Undefined where there is none. */
async function readPointer(store: BucketStore): Promise<Pointer | undefined> {
  if (!(await exists(store, pointerKey('leo')))) return undefined
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
function troubled(
  inner: StorageDriver,
  scheduler: fc.Scheduler,
  late: Latecomers,
  next: () => string | undefined,
): StorageDriver {
  const send = async <T>(name: string, writes: boolean, call: () => Promise<T>): Promise<T> => {
    const fate = next()
    if (fate === undefined) return call()
    if (fate === 'never happens, as the server dies') throw new Killed()
    await scheduler.schedule(Promise.resolve(), name)
    if (writes && fate === 'arrives late') await late.wait()
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
    deleteMany: (...call) => send('delete many', false, () => inner.deleteMany(...call)),
    list: (...call) => send('list', false, () => inner.list(...call)),
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

async function cropped(cropper: AvatarCropper): Promise<string> {
  const { token } = await cropper.upload('leo', picture)
  return (await cropper.crop(token, { x: 2, y: 0, width: 8, height: 8 })).token
}

async function perform(cropper: AvatarCropper, { tokens, avatarIds }: Prepared, action: Action): Promise<string> {
  try {
    if (action.kind === 'save') return (await cropper.save(tokens[action.token] as string)).id
    if (action.kind === 'select') return (await cropper.select('leo', avatarIds[action.avatar] as string)).id
    if (action.kind === 'remove')
      return String((await cropper.remove('leo', avatarIds[action.avatar] as string)).removed)
    if (action.kind === 'prune') return String((await cropper.prune('leo', action.keep)).removed)
    if (action.kind === 'list') return String((await cropper.list('leo')).avatars.map(({ id }) => id))
    if (action.kind === 'begin') return (await cropper.save(await cropped(cropper))).id
    if (action.kind === 'sweep') return String((await cropper.sweep('delete')).found.orphan)
    await cropper.forget('leo')
    return 'forgotten'
  } catch (error) {
    if (CropperError.is(error, 'not-found', 'step-out-of-order', 'session-expired')) return error.code
    if (error instanceof StoreError && (error.cause instanceof Killed || error.code === 'outcome-unknown'))
      return 'killed'
    throw error
  }
}

/** Two avatars are shown, and pictures lie there that a dying server has left. */
async function letDaysPass(bucket: StorageDriver, calm: AvatarCropper, { tokens }: Prepared): Promise<void> {
  for (const at of [0, 1]) await calm.save(tokens[at] as string)
  const dying = around(bucket, {
    put: async (at, body, options) => {
      if (at.key === pointerKey('leo')) throw new Killed()
      return bucket.put(at, body, options)
    },
  })
  const token = await cropped(calm)
  await expect((await openCropper(dying, { edges: [8, 4] })).save(token)).rejects.toThrow()
  vi.setSystemTime(Date.now() + 26 * 3_600_000)
}

/** Lets people act at the same time, and then again for whoever got no answer. */
async function live(actions: readonly Action[], fate: Iterator<string>, scheduler: fc.Scheduler): Promise<void> {
  const violations: string[] = []
  const bucket = watched(new MemoryDriver(), violations)
  const calm = await openCropper(bucket, { edges: [8, 4], previewEdge: 8 })
  const prepared = await prepare(calm)
  if (actions.some(({ kind }) => kind === 'sweep')) await letDaysPass(bucket, calm, prepared)
  const late = new Latecomers(actions.length)
  let begun = false
  const driver = troubled(bucket, scheduler, late, () => (begun ? fate.next().value : undefined))
  const server = await openCropper(driver, { edges: [8, 4], previewEdge: 8 })
  begun = true
  const act = async (each: Action) => {
    const pause = 'after' in each ? each.after : 0
    for (let turn = 0; turn < pause; turn++) await scheduler.schedule(Promise.resolve(), 'pause')
    await perform(server, prepared, each).finally(() => late.oneIsThrough())
  }
  await scheduler.waitFor(Promise.all(actions.map(act)))

  // By now nothing fails.
  for (const each of actions) expect(await perform(calm, prepared, each)).not.toBe('killed')
  expect(violations).toEqual([])
}

describe('what people do at the same time', { retry: 0 }, () => {
  it.each([
    { what: 'saves, selections, removals and lists', actions: ANY, fate: fates({ late: 1, lost: 2 }) },
    { what: 'saves, and being forgotten', actions: FORGETTING, fate: fates({ late: 5, lost: 0 }) },
    { what: 'the same on bad servers', actions: FORGETTING, fate: fates({ late: 5, lost: 1 }) },
    { what: 'saves, removals and sweeps', actions: SWEEPING, fate: fates({ late: 6, lost: 1 }) },
  ])('never shows what is not there, and takes effect once: $what', { timeout: 600_000 }, async ({ actions, fate }) => {
    await fc.assert(fc.asyncProperty(actions, fate, fc.scheduler(), live), { numRuns: 60 })
  })
})
