import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { DiskDriver } from '../../../src/drivers/disk/index.js'
import { bytes, create, openPhotos, overwrite, photo, textOf } from './disk-fixture.js'

const at = photo('big/film.mp4')
const attributes = { contentType: 'video/mp4', metadata: { title: 'Film' } }

describe('uploads in parts on disk', () => {
  it('go on in any process, in any order', async () => {
    const { driver, directory } = await openPhotos()
    const other = new DiskDriver({ directory })
    const uploadId = await driver.createMultipart(at, { attributes, acl: 'private', mode: 'overwrite' })
    const second = await other.uploadPart(at, uploadId, 2, bytes('world'), {})
    const stream = Readable.from([Buffer.from('hel'), Buffer.from('lo ')], { objectMode: false })
    const first = await driver.uploadPart(at, uploadId, 1, { kind: 'stream', stream, length: 6 }, {})
    const empty = await driver.uploadPart(at, uploadId, 10, bytes(''), {})
    const parts = [
      { partNumber: 1, etag: first.etag, size: 6 },
      { partNumber: 2, etag: second.etag, size: 5 },
      { partNumber: 10, etag: empty.etag, size: 0 },
    ]
    expect(await other.listParts(at, uploadId, {})).toEqual(parts)
    await expect(driver.head(at, {})).rejects.toMatchObject({ code: 'not-found' })
    const { etag } = await other.completeMultipart(at, uploadId, parts, { mode: 'overwrite' })
    expect(await textOf(driver, at)).toBe('hello world')
    expect(await driver.head(at, {})).toMatchObject({ ...attributes, etag, size: 11, acl: 'private' })
    expect(await driver.listMultipart('photos', '', {})).toEqual([])
    await expect(driver.listParts(at, uploadId, {})).rejects.toMatchObject({ code: 'not-found' })
  })

  it('take a part again, and refuse to complete with the one it replaced', async () => {
    const { driver } = await openPhotos()
    const uploadId = await driver.createMultipart(at, overwrite)
    const old = await driver.uploadPart(at, uploadId, 1, bytes('old'), {})
    const fresh = await driver.uploadPart(at, uploadId, 1, bytes('fresh'), {})
    const complete = (etag: string, partNumber = 1) =>
      driver.completeMultipart(at, uploadId, [{ partNumber, etag }], { mode: 'overwrite' })
    await expect(complete(old.etag)).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(complete(fresh.etag, 2)).rejects.toMatchObject({ code: 'invalid-argument' })
    await complete(fresh.etag)
    expect(await textOf(driver, at)).toBe('fresh')
  })

  it('honour the write mode when they are completed, and stay where they lose', async () => {
    const { driver } = await openPhotos()
    const uploadId = await driver.createMultipart(at, create)
    const part = { partNumber: 1, ...(await driver.uploadPart(at, uploadId, 1, bytes('parts'), {})) }
    const { etag } = await driver.put(at, bytes('first'), overwrite)
    const complete = (mode: 'create' | { readonly ifMatch: string }) =>
      driver.completeMultipart(at, uploadId, [part], { mode })
    await expect(complete('create')).rejects.toMatchObject({ code: 'already-exists' })
    await expect(complete({ ifMatch: '"other"' })).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(await textOf(driver, at)).toBe('first')
    await complete({ ifMatch: etag })
    expect(await textOf(driver, at)).toBe('parts')
  })

  it.each(['overwrite', 'create'] as const)('make one object by "%s", whoever completes them at once', async (mode) => {
    const { driver, directory } = await openPhotos()
    const uploadId = await driver.createMultipart(at, overwrite)
    const part = { partNumber: 1, ...(await driver.uploadPart(at, uploadId, 1, bytes('parts'), {})) }
    const complete = () => new DiskDriver({ directory }).completeMultipart(at, uploadId, [part], { mode })
    const outcomes = await Promise.allSettled([complete(), complete(), complete(), complete()])
    const { etag } = await driver.head(at, {})
    const answers = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.etag : outcome.reason.code,
    )
    expect(answers).toContain(etag)
    // Who came when it was over is told what anybody is told from then on.
    expect(answers.filter((answer) => answer !== etag && answer !== 'not-found')).toEqual([])
  })

  it('are complete also where that was not noted down any more, and never replace what came after them', async () => {
    const { driver, root } = await openPhotos()
    const uploadId = await driver.createMultipart(at, overwrite)
    const part = { partNumber: 1, ...(await driver.uploadPart(at, uploadId, 1, bytes('parts'), {})) }
    const complete = () => driver.completeMultipart(at, uploadId, [part], { mode: 'overwrite' })
    const uploads = join(root, '.brigade/uploads')
    await cp(uploads, join(root, 'before'), { recursive: true })
    const { etag } = await complete()
    await cp(join(root, 'before'), uploads, { recursive: true })
    expect(await complete()).toEqual({ etag })
    expect(await readdir(uploads)).toEqual([])
    expect(await readdir(join(root, '.brigade/pending'))).toEqual([])
    await driver.put(at, bytes('later'), overwrite)
    await expect(complete()).rejects.toMatchObject({ code: 'not-found' })
    expect(await textOf(driver, at)).toBe('later')
  })

  it('are aborted once for everybody, also with a part in flight', async () => {
    const { driver, root } = await openPhotos()
    const uploadId = await driver.createMultipart(at, overwrite)
    await driver.uploadPart(at, uploadId, 1, bytes('x'), {})
    const stream = Readable.from(
      (async function* () {
        yield Buffer.from('half')
        await driver.abortMultipart(at, uploadId, {})
        yield Buffer.from('half')
      })(),
      { objectMode: false },
    )
    const late = driver.uploadPart(at, uploadId, 2, { kind: 'stream', stream, length: 8 }, {})
    await expect(late).rejects.toMatchObject({ code: 'not-found' })
    await driver.abortMultipart(at, uploadId, {})
    expect(await readdir(join(root, '.brigade/uploads'))).toEqual([])
    expect(await readdir(join(root, '.brigade/pending'))).toEqual([])
    expect(await driver.listMultipart('photos', '', {})).toEqual([])
  })

  it('are listed by prefix, with the time of their start', async () => {
    const { driver } = await openPhotos()
    const keys = ['z/1', 'a/2', 'a/1']
    const ids = new Map<string, string>()
    for (const key of keys) ids.set(key, await driver.createMultipart(photo(key), overwrite))
    const listed = await driver.listMultipart('photos', 'a/', {})
    expect(listed.map(({ key, uploadId }) => [key, uploadId])).toEqual([
      ['a/1', ids.get('a/1')],
      ['a/2', ids.get('a/2')],
    ])
    expect(listed[0]?.initiated).toBeInstanceOf(Date)
  })

  it('belong to their key, and an id is no path', async () => {
    const { driver } = await openPhotos()
    const uploadId = await driver.createMultipart(at, overwrite)
    for (const [key, id] of [
      ['other', uploadId],
      [at.key, '../../pending'],
      [at.key, '..'],
      [at.key, ''],
      [at.key, uploadId.toUpperCase().replace(/^./, 'X')],
    ] as const) {
      const target = photo(key)
      for (const work of [
        () => driver.uploadPart(target, id, 1, bytes('x'), {}),
        () => driver.listParts(target, id, {}),
        () => driver.completeMultipart(target, id, [], { mode: 'overwrite' }),
      ]) {
        await expect(work()).rejects.toMatchObject({ code: 'not-found' })
      }
      await driver.abortMultipart(target, id, {})
    }
    expect(await driver.listParts(at, uploadId, {})).toEqual([])
  })
})
