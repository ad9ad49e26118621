import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore, type HeadOptions, type KeyInput, StoreError, type SweepFinding } from '@bucket-brigade/core'
import { DiskDriver } from '@bucket-brigade/core/disk'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryKey } from '../../src/direct-uploads/upload-key.js'
import { type SweepUploadsOptions, sweepUploads } from '../../src/index.js'
import { UploadFleet } from './upload-fleet.js'

const HOUR = 3_600_000

/** A bucket whose clock goes some hours ahead: a sweep reads it from the date of its own object. */
class LaterFiles extends BucketStore {
  readonly bucket = 'files'
  hours = 0

  override async head(key: KeyInput, options?: HeadOptions) {
    const head = await super.head(key, options)
    const shift = head.key.startsWith('tmp/sweep/') ? this.hours * HOUR : 0
    return { ...head, lastModified: new Date(head.lastModified.getTime() + shift) }
  }
}

async function files(kind: 'memory' | 'disk'): Promise<LaterFiles> {
  if (kind === 'memory') return new LaterFiles(new MemoryDriver())
  const directory = await mkdtemp(join(tmpdir(), 'sweep-uploads-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return new LaterFiles(new DiskDriver({ directory }))
}

const keysOf = async (store: BucketStore): Promise<readonly string[]> =>
  (await store.list('').toArray()).map(({ key }) => key)

const partsOf = async (store: BucketStore): Promise<readonly string[]> =>
  (await store.unfinishedUploads()).map(({ key }) => key).toSorted()

const byKey = (one: SweepFinding, other: SweepFinding): number => (one.key < other.key ? -1 : 1)

describe.each(['memory', 'disk'] as const)('a sweep of direct uploads (%s)', (kind) => {
  it('leaves what somebody may still complete, and removes it once nobody can', async () => {
    const store = await files(kind)
    for (const user of ['leo', 'mia@example.com']) {
      await store.put(temporaryKey(user, 'Ferien.jpg'), 'a picture')
      await store.multipart(temporaryKey(user, 'film.mp4'))
    }
    const before = await keysOf(store)
    store.hours = 24.9
    expect(await sweepUploads(store, 'delete')).toMatchObject({ seen: 4, deleted: 0, failed: 0, skipped: [] })
    expect(await sweepUploads(store, 'delete', { graceSeconds: 7200 })).toMatchObject({ deleted: 0 })
    store.hours = 25.1
    expect(await sweepUploads(store, 'delete', { sessionSeconds: 604_800 })).toMatchObject({ deleted: 0 })

    const found: SweepFinding[] = []
    const shown = await sweepUploads(store, 'report', { onFinding: (finding) => found.push(finding) })
    expect(shown).toMatchObject({ found: { temporary: 2, 'unfinished-upload': 2 }, bytes: 18, deleted: 0 })
    expect(await keysOf(store)).toEqual(before)
    expect(await partsOf(store)).toHaveLength(2)

    const deleted: SweepFinding[] = []
    const swept = await sweepUploads(store, 'delete', { onFinding: (finding) => deleted.push(finding) })
    expect(swept).toMatchObject({ found: { temporary: 2, 'unfinished-upload': 2 }, deleted: 4, failed: 0 })
    // Deletes are under way at the same time, and end in any order.
    const expected = found.map((finding) => ({ ...finding, outcome: 'deleted' as const }))
    expect(deleted.toSorted(byKey)).toEqual(expected.toSorted(byKey))
    expect([await keysOf(store), await partsOf(store)]).toEqual([[], []])
  })

  it('never touches what others put there, however much it looks like an upload', async () => {
    const store = await files(kind)
    const id = '0123456789abcdef0123456789abcdef'
    const foreign = [
      'files/leo/film.mp4',
      `tmp/avatars/leo/${id}/original`,
      `tmp/notes/leo/${id}/film.mp4`,
      `tmp/uploads/leo x/${id}/film.mp4`,
      `tmp/uploads/leo/${id.toUpperCase()}/film.mp4`,
      `tmp/uploads/leo/${id}/.film.mp4`,
      `tmp/uploads/leo/${id}/film of leo.mp4`,
      `tmp/uploads/leo/${id}/parts/1`,
      'tmp/uploads/leo/notes.txt',
    ].toSorted()
    for (const key of foreign) {
      await store.put(key, 'somebody else keeps this')
      await store.multipart(`${key}.part of another`)
    }
    const parts = await partsOf(store)
    store.hours = 1000
    expect(await sweepUploads(store, 'delete')).toMatchObject({ deleted: 0, failed: 0 })
    expect((await keysOf(store)).toSorted()).toEqual(foreign)
    expect(await partsOf(store)).toEqual(parts)
  })
})

describe('a sweep of direct uploads', () => {
  it('removes what closed tabs have left of uploads through the router', async () => {
    const store = await files('disk')
    const fleet = await UploadFleet.start({ multipartAboveBytes: 10, singleUploads: 'POST' }, () => store)
    onTestFinished(() => fleet.stop())
    const begun = await fleet.post('', { filename: 'film.mp4', type: 'video/mp4', bytes: 11 })
    expect(begun.status).toBe(201)
    store.hours = 26
    expect(await sweepUploads(store, 'delete')).toMatchObject({ found: { 'unfinished-upload': 1 }, deleted: 1 })
    expect(await partsOf(store)).toEqual([])
  })

  it('tells what it may not look for, and goes on from where it was', async () => {
    const driver = new MemoryDriver()
    const store = new (class extends LaterFiles {
      override async unfinishedUploads(): Promise<never> {
        throw new StoreError('permission-denied', 'no right to list uploads in parts', { operation: 'list-multipart' })
      }
    })(driver)
    await store.put(temporaryKey('leo', 'a.jpg'), 'a picture')
    store.hours = 26
    const cursors: string[] = []
    const report = await sweepUploads(store, 'delete', { onProgress: ({ cursor }) => cursors.push(cursor) })
    expect(report).toMatchObject({ deleted: 1, skipped: [{ kind: 'unfinished-upload' }] })
    expect(cursors).toEqual([expect.stringMatching(/^temporary:tmp\/uploads\/leo\//), 'unfinished-upload:'])
    const [resumeAfter = ''] = cursors
    expect(await sweepUploads(store, 'report', { resumeAfter })).toMatchObject({ seen: 0 })
  })

  it('stops where it is told to', async () => {
    const store = await files('memory')
    const gone = new Error('stopped')
    await expect(sweepUploads(store, 'delete', { signal: AbortSignal.abort(gone) })).rejects.toBe(gone)
  })

  it.each<[string, SweepUploadsOptions, string]>([
    ['everything', {}, 'expected mode'],
    ['delete', { graceSeconds: 60 }, 'expected graceSeconds'],
    ['delete', { sessionSeconds: 604_801 }, 'expected sessionSeconds'],
    ['delete', { resumeAfter: 'tmp/uploads/leo' }, 'expected resumeAfter'],
  ])('refuses %s %j', async (mode, options, message) => {
    const store = await files('memory')
    await expect(sweepUploads(store, mode as 'delete', options)).rejects.toThrow(message)
  })
})
