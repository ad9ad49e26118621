import { type StorageDriver, StoreError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { anonymous, defaultLayout, type SweepFinding, type SweepProgress } from '../../src/index.js'
import { Avatars, cropped, keysOf, openCropper, SQUARE } from '../avatars.js'
import { around, counting, onPut } from '../faults.js'
import { quarters } from '../pictures.js'

const HOUR = 3_600_000

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

function hoursLater(hours: number) {
  vi.setSystemTime(Date.now() + hours * HOUR)
}

/** Leaves the pictures of a save whose server died before it could show them. */
async function crash(driver: StorageDriver, user: string): Promise<readonly string[]> {
  const store = new Avatars(driver)
  const before = new Set(await keysOf(store, 'uploads/'))
  const token = await cropped(await openCropper(driver), user, picture)
  const dying = onPut(driver, /avatar\.json$/, (put, at, body, options) =>
    options.mode === 'create' ? put(at, body, options) : Promise.reject(new Error('killed')),
  )
  await expect((await openCropper(dying)).save(token)).rejects.toThrow()
  return (await keysOf(store, 'uploads/')).filter((key) => !before.has(key))
}

async function bucket() {
  const driver = new MemoryDriver()
  return { driver, store: new Avatars(driver), cropper: await openCropper(driver) }
}

describe('sweep', () => {
  it('deletes what is below tmp/ when its session and the grace are over', async () => {
    const { cropper, store } = await bucket()
    await cropped(cropper, 'leo', picture)
    const { token } = await cropper.upload(anonymous, picture)
    await cropper.claim(token, 'mia@example.com')
    hoursLater(3)
    expect(await cropper.sweep('delete')).toMatchObject({ deleted: 0 })
    const fresh = await cropper.upload('leo', picture)
    hoursLater(0.1)
    expect(await cropper.sweep('delete')).toMatchObject({
      found: { temporary: 4, 'unfinished-upload': 0, orphan: 0 },
      deleted: 4,
      failed: 0,
      skipped: [],
    })
    expect(await keysOf(store)).toEqual([fresh.relativePath.slice(1)])
  })

  it('deletes pictures that nothing shows when no token can show them any more', async () => {
    const { cropper, driver, store } = await bucket()
    const avatar = await cropper.save(await cropped(cropper, 'leo', picture))
    const orphans = [...(await crash(driver, 'leo')), ...(await crash(driver, '10')), ...(await crash(driver, 'ä'))]
    expect(orphans).toHaveLength(6)
    hoursLater(24)
    expect(await cropper.sweep('delete')).toMatchObject({ found: { orphan: 0 } })
    hoursLater(1.1)
    expect(await cropper.sweep('delete')).toMatchObject({ found: { orphan: 6 }, deleted: 6 })
    expect(await keysOf(store, 'uploads/')).toEqual(
      [32, 64].map((edge) => `uploads/users/leo/${avatar.id}-${edge}.jpg`),
    )
  })

  it('keeps every avatar that can be shown, and takes those whose removal was left undone', async () => {
    const { driver, cropper, store } = await bucket()
    const ids: string[] = []
    for (let at = 0; at < 3; at++) ids.push((await cropper.save(await cropped(cropper, 'leo', picture))).id)
    const forbidden = around(driver, { delete: async () => Promise.reject(new Error('no right to delete')) })
    await (await openCropper(forbidden)).remove('leo', ids[0] as string)
    expect(await keysOf(store, 'uploads/')).toHaveLength(6)
    hoursLater(26)
    await cropper.sweep('delete')
    const { avatars } = await cropper.list('leo')
    expect(avatars.map(({ id }) => id)).toEqual([ids[2], ids[1]])
    expect(await keysOf(store, 'uploads/')).toHaveLength(4)
  })

  it('aborts uploads in parts that nobody finished, of this package alone', async () => {
    const { cropper, store } = await bucket()
    const session = '0123456789abcdef0123456789abcdef'
    await store.multipart(`tmp/avatars/leo/${session}/original`)
    await store.multipart(`tmp/avatars/leo/${session}/film.mp4`)
    hoursLater(4)
    expect(await cropper.sweep('report')).toMatchObject({ found: { 'unfinished-upload': 1 }, deleted: 0 })
    expect(await cropper.sweep('delete')).toMatchObject({ found: { 'unfinished-upload': 1 }, deleted: 1 })
    expect((await store.unfinishedUploads()).map(({ key }) => key)).toEqual([`tmp/avatars/leo/${session}/film.mp4`])
  })

  it('never touches what others put there, however much it looks like ours', async () => {
    const { driver, cropper, store } = await bucket()
    const [orphan = ''] = await crash(driver, 'leo')
    const id = '0123456789abcdef0123456789abcdef'
    const foreign = [
      'tmp/notes.txt',
      'tmp/avatars/leo/notes.txt',
      `tmp/avatars/leo/${id}/notes.txt`,
      `tmp/avatars/leo/${id}/original.jpg`,
      `tmp/avatars/leo/${id}/original/copy`,
      `tmp/avatars/leo x/${id}/original`,
      `tmp/avatars/leo/${id.toUpperCase()}/original`,
      'uploads/users/leo/holiday.jpg',
      `uploads/users/leo/${id}-64.jpg`,
      `uploads/users/leo/album/${id}-64.jpg`,
      'state/avatars/leo/avatar.json.bak',
      'state/avatars/notes.txt',
    ]
    for (const key of foreign) await store.put(key, 'somebody else keeps this')
    const copies = [
      `uploads/users/leo/copy-of-${id}-64.jpg`,
      `uploads/users/leo/old/${id}-64.jpg`,
      `backup/${id}-64.jpg`,
    ]
    for (const copy of copies) await store.copy(orphan, copy)
    hoursLater(1000)
    await cropper.sweep('delete')
    const left = (await keysOf(store)).filter((key) => key !== 'state/avatars/leo/avatar.json')
    expect(left).toEqual([...foreign, ...copies].toSorted())
  })

  it('reports first what it would delete, and then deletes just that', async () => {
    const { driver, cropper, store } = await bucket()
    await crash(driver, 'leo')
    hoursLater(26)
    const before = await keysOf(store)
    const found: SweepFinding[] = []
    const report = await cropper.sweep('report', { onFinding: (finding) => found.push(finding) })
    expect(report).toMatchObject({ mode: 'report', found: { temporary: 2, orphan: 2 }, deleted: 0, failed: 0 })
    expect(report.bytes).toBe(found.reduce((sum, { bytes = 0 }) => sum + bytes, 0))
    expect(await keysOf(store)).toEqual(before)
    const deleted: SweepFinding[] = []
    await cropper.sweep('delete', { onFinding: (finding) => deleted.push(finding) })
    expect(deleted).toEqual(found.map((finding) => ({ ...finding, outcome: 'deleted' })))
    expect(await keysOf(store)).toEqual(['state/avatars/leo/avatar.json'])
  })

  it('goes on where it was stopped, page by page', async () => {
    const { driver, store } = await bucket()
    const cropper = await openCropper(
      around(driver, { list: (name, prefix, options) => driver.list(name, prefix, { ...options, pageSize: 2 }) }),
    )
    for (const user of ['a', 'b', 'c']) await crash(driver, user)
    hoursLater(26)
    const told: SweepProgress[] = []
    let resumeAfter: string | undefined
    for (let at = 0; at < 20; at++) {
      const stop = new AbortController()
      const onProgress = (progress: SweepProgress) => {
        told.push(progress)
        stop.abort(new Error('stopped'))
      }
      const sweeping = cropper.sweep('delete', { resumeAfter, onProgress, signal: stop.signal })
      const stopped = await sweeping.then(
        () => false,
        () => true,
      )
      resumeAfter = told.at(-1)?.cursor
      if (!stopped) break
    }
    expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['temporary', 'unfinished-upload', 'orphan']))
    expect(new Set(told.map(({ cursor }) => cursor)).size).toBe(told.length)
    expect(told.length).toBeGreaterThan(6)
    expect((await keysOf(store)).filter((key) => !key.startsWith('state/'))).toEqual([])
  })

  it('goes by the clock of the service, not by its own', async () => {
    const { driver, store } = await bucket()
    let skew = 0
    const cropper = await openCropper(
      around(driver, {
        head: async (at, options) => {
          const head = await driver.head(at, options)
          return { ...head, lastModified: new Date(head.lastModified.getTime() + skew) }
        },
      }),
    )
    await cropped(cropper, 'leo', picture)
    hoursLater(100)
    skew = -99 * HOUR
    const { startedAt, deleted } = await cropper.sweep('delete')
    expect({ deleted, startedAt }).toEqual({ deleted: 0, startedAt: new Date(Date.now() + skew) })
    skew = 0
    expect(await cropper.sweep('delete')).toMatchObject({ deleted: 2 })
    expect(await keysOf(store)).toEqual([])
  })

  it('tells what it could not delete or look for, and does the rest', async () => {
    const { driver } = await bucket()
    const denied = new StoreError('permission-denied', 'no right to list uploads in parts', { operation: 'list' })
    const cropper = await openCropper(
      around(driver, {
        listMultipart: async () => Promise.reject(denied),
        delete: async (at, options) => {
          if (at.key.endsWith('/original')) throw denied
          return driver.delete(at, options)
        },
      }),
    )
    await cropped(cropper, 'leo', picture)
    hoursLater(26)
    const findings: SweepFinding[] = []
    const report = await cropper.sweep('delete', { onFinding: (finding) => findings.push(finding) })
    expect(report).toMatchObject({
      deleted: 1,
      failed: 1,
      skipped: [{ kind: 'unfinished-upload', cause: { code: 'permission-denied' } }],
    })
    expect(findings.map(({ key, outcome }) => `${key.split('/').at(-1)?.slice(0, 4)} ${outcome}`).toSorted()).toEqual([
      'crop deleted',
      'orig failed',
    ])
  })

  it('leaves saved pictures alone where the layout does not tell which are its own', async () => {
    const { driver, store } = await bucket()
    const { finals: _finals, ...layout } = defaultLayout
    await crash(driver, 'leo')
    hoursLater(26)
    const cropper = await openCropper(driver, { layout })
    expect(await cropper.sweep('delete')).toMatchObject({ skipped: [{ kind: 'orphan' }] })
    expect(await keysOf(store, 'uploads/')).toHaveLength(2)
  })

  it('leaves the pictures of a user alone whose pointer cannot be read', async () => {
    const { driver, cropper, store } = await bucket()
    await crash(driver, 'leo')
    await store.put('state/avatars/leo/avatar.json', 'broken')
    hoursLater(26)
    await cropper.sweep('delete')
    expect(await keysOf(store, 'uploads/')).toHaveLength(2)
  })

  it('asks once for the pointer of each user, and for the marks of unnamed pictures alone', async () => {
    const memory = new MemoryDriver()
    const driver = counting(memory)
    const cropper = await openCropper(driver)
    for (const user of ['a', 'a', 'b']) await cropper.save(await cropped(cropper, user, picture))
    await crash(memory, 'b')
    hoursLater(3)
    await cropper.sweep('delete')
    hoursLater(26)
    driver.calls.length = 0
    await cropper.sweep('report')
    const calls = driver.calls.map((call) => call.replace(/[0-9a-f]{32}/g, '*'))
    expect(calls).toEqual([
      'put tmp/sweep/*',
      'head tmp/sweep/*',
      'delete tmp/sweep/*',
      'list tmp/',
      'listMultipart tmp/avatars/',
      'list uploads/users/',
      'get state/avatars/a/avatar.json',
      'get state/avatars/b/avatar.json',
      'head uploads/users/b/*-32.jpg',
      'head uploads/users/b/*-64.jpg',
    ])
  })

  it.each([
    ['everything', {}, 'expected mode'],
    ['delete', { graceSeconds: 60 }, 'expected graceSeconds'],
    ['delete', { resumeAfter: 'uploads/users/leo' }, 'expected resumeAfter'],
  ])('refuses %s %j', async (mode, options, message) => {
    const { cropper } = await bucket()
    await expect(cropper.sweep(mode as 'delete', options)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining(message),
    })
  })
})

describe('a sweep beside a save', () => {
  it('leaves a save alone that goes on at the last moment', async () => {
    const { driver, store } = await bucket()
    const cropper = await openCropper(driver, { sessionSeconds: 72_000 })
    const { token } = await cropper.upload('leo', picture)
    const crop = await cropper.crop(token, SQUARE)
    const dying = onPut(driver, /avatar\.json$/, (put, at, body, options) =>
      options.mode === 'create' ? put(at, body, options) : Promise.reject(new Error('killed')),
    )
    await expect((await openCropper(dying)).save(crop.token)).rejects.toThrow()
    hoursLater(20)
    const saving = onPut(driver, /avatar\.json$/, async (put, at, body, options) => {
      hoursLater(4)
      expect((await cropper.sweep('delete')).found.orphan).toBe(0)
      return put(at, body, options)
    })
    const avatar = await (await openCropper(saving)).save(crop.token)
    expect((await cropper.list('leo')).current).toEqual(avatar)
    expect(await keysOf(store, 'uploads/')).toHaveLength(2)
  })
})
