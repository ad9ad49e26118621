import { access, chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { DiskDriver } from '../../../src/drivers/disk/index.js'
import { bytes, create, openPhotos, overwrite, photo, textOf } from './disk-fixture.js'

async function hiddenFiles(root: string): Promise<string[]> {
  const entries = await readdir(join(root, '.brigade'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
}

describe('DiskDriver', () => {
  it('keeps objects as plain files at their keys', async () => {
    const { driver, root } = await openPhotos()
    await driver.put(photo('users/1/leo.jpg'), bytes('picture'), overwrite)
    expect(await readFile(join(root, 'users/1/leo.jpg'), 'utf8')).toBe('picture')
  })

  it('says that its own directory is a file, and blames no key', async () => {
    const { driver, root } = await openPhotos()
    await writeFile(root, 'a file')
    const refusal = { code: 'invalid-argument', message: expect.stringMatching(/is a file, .*: correct the directory/) }
    await expect(driver.put(photo('a/b'), bytes('x'), create)).rejects.toMatchObject(refusal)
    const below = new DiskDriver({ directory: root })
    await expect(below.put(photo('a'), bytes('x'), overwrite)).rejects.toMatchObject(refusal)
  })

  it('says that its own directory is a link that leads nowhere, and makes nothing there', async () => {
    const { directory, root } = await openPhotos()
    await symlink(join(directory, 'nowhere'), root)
    const refusal = { code: 'invalid-argument', message: expect.stringContaining('a symbolic link that leads nowhere') }
    for (const place of [directory, root]) {
      await expect(new DiskDriver({ directory: place }).put(photo('a/b'), bytes('x'), create)).rejects.toMatchObject(
        refusal,
      )
    }
    expect(await readdir(directory)).toEqual(['photos'])
  })

  it.runIf(process.platform === 'linux')('gives up where no directory can be made', async () => {
    const driver = new DiskDriver({ directory: '/proc/brigade/buckets' })
    await expect(driver.put(photo('a'), bytes('x'), overwrite)).rejects.toThrow('ENOENT')
  })

  it('keeps attributes and the access control list for every process', async () => {
    const { driver, directory } = await openPhotos()
    const attributes = {
      contentType: 'image/png',
      cacheControl: 'no-store',
      contentDisposition: 'attachment',
      contentEncoding: 'br',
      metadata: { title: 'Zoë 🐈\n' },
    }
    const { etag } = await driver.put(photo('a'), bytes('x'), { attributes, acl: 'public-read', mode: 'overwrite' })
    const other = new DiskDriver({ directory })
    expect(await other.head(photo('a'), {})).toMatchObject({ ...attributes, etag, size: 1, acl: 'public-read' })
    expect(await other.aclOf(photo('a'))).toBe('public-read')
    await other.copy(photo('a'), photo('b'), {})
    expect(await other.head(photo('b'), {})).toMatchObject(attributes)
    expect(await other.aclOf(photo('b'))).toBeUndefined()
  })

  it('gives one ETag to one state, and another to every write of the same bytes', async () => {
    const { driver, directory } = await openPhotos()
    const first = await driver.put(photo('a'), bytes('same'), overwrite)
    expect((await driver.head(photo('a'), {})).etag).toBe(first.etag)
    expect((await new DiskDriver({ directory }).head(photo('a'), {})).etag).toBe(first.etag)
    expect((await driver.list('photos', '', { pageSize: 10 })).objects[0]?.etag).toBe(first.etag)
    const second = await driver.put(photo('a'), bytes('same'), overwrite)
    expect(second.etag).not.toBe(first.etag)
  })

  it('lets a reader finish the version that it opened', async () => {
    const { driver } = await openPhotos()
    const old = 'old '.repeat(100_000)
    await driver.put(photo('a'), bytes(old), overwrite)
    const { body } = await driver.get(photo('a'), {})
    await driver.put(photo('a'), bytes('new'), overwrite)
    await driver.delete(photo('a'), {})
    expect(Buffer.concat(await body.toArray()).toString()).toBe(old)
  })

  it('leaves what was there, and nothing else, after a body that fails, ends early or is cancelled', async () => {
    const { driver, root } = await openPhotos()
    await driver.put(photo('a'), bytes('old'), overwrite)
    const files = await hiddenFiles(root)
    const stream = (chunks: () => AsyncGenerator<Buffer>, length: number) =>
      ({ kind: 'stream', stream: Readable.from(chunks(), { objectMode: false }), length }) as const
    const failing = stream(async function* () {
      yield Buffer.from('half')
      throw new Error('the client went away')
    }, 8)
    await expect(driver.put(photo('a'), failing, overwrite)).rejects.toThrow('the client went away')
    const short = stream(async function* () {
      yield Buffer.from('half')
    }, 8)
    await expect(driver.put(photo('a'), short, overwrite)).rejects.toMatchObject({ code: 'integrity' })
    const aborter = new AbortController()
    const cancelled = stream(async function* () {
      yield Buffer.from('half')
      aborter.abort(new Error('enough'))
      yield Buffer.from('half')
    }, 8)
    await expect(driver.put(photo('a'), cancelled, { ...overwrite, signal: aborter.signal })).rejects.toThrow()
    const wrong = { ...overwrite, md5: '0'.repeat(32) }
    await expect(driver.put(photo('a'), bytes('new'), wrong)).rejects.toMatchObject({ code: 'integrity' })
    await expect(driver.put(photo('new/b'), bytes('x'), wrong)).rejects.toMatchObject({ code: 'integrity' })
    expect(await textOf(driver, photo('a'))).toBe('old')
    expect(await readdir(root)).toEqual(['.brigade', 'a'])
    expect(await hiddenFiles(root)).toEqual(files)
  })

  it('lets one of many racing creates win', { retry: 0 }, async () => {
    const { driver, directory } = await openPhotos()
    const drivers = [driver, new DiskDriver({ directory }), new DiskDriver({ directory })]
    const racers = Array.from({ length: 30 }, async (_, index) =>
      drivers[index % 3]?.put(photo('a'), bytes(String(index)), create).then(() => index),
    )
    const results = await Promise.allSettled(racers)
    const winners = results.filter((result) => result.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    expect(await textOf(driver, photo('a'))).toBe(String(winners[0]?.value))
    const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'won'))
    expect(new Set(codes)).toEqual(new Set(['won', 'already-exists']))
  })

  it('deletes an object with the folders that it alone needed, and leaves nothing of it', async () => {
    const { driver, root } = await openPhotos()
    await driver.put(photo('a/b/c/one'), bytes('1'), overwrite)
    await driver.put(photo('a/two'), bytes('2'), overwrite)
    await driver.delete(photo('a/b/c/one'), {})
    expect(await readdir(join(root, 'a'))).toEqual(['two'])
    await driver.delete(photo('a/two'), {})
    await driver.delete(photo('a/two'), {})
    expect(await readdir(root)).toEqual(['.brigade'])
    const left = await hiddenFiles(root)
    expect(left.filter((file) => !file.includes('/claims/'))).toEqual([])
  })

  it('keeps no more than a few small files per sequence of claims, however much is written', async () => {
    const { driver, root } = await openPhotos()
    for (let index = 0; index < 60; index++) {
      await driver.put(photo('a'), bytes(String(index)), overwrite)
      await driver.delete(photo('a'), {})
    }
    expect((await hiddenFiles(root)).length).toBeLessThan(12)
  })

  it('writes beside deletes that remove the folder under its feet', async () => {
    const { driver, directory } = await openPhotos()
    const other = new DiskDriver({ directory })
    const write = async (): Promise<void> => {
      for (let index = 0; index < 40; index++) await driver.put(photo(`deep/er/a${index}`), bytes('x'), overwrite)
    }
    const remove = async (): Promise<void> => {
      for (let index = 0; index < 40; index++) {
        await other.put(photo(`deep/er/b${index}`), bytes('x'), overwrite)
        await other.delete(photo(`deep/er/b${index}`), {})
        await other.delete(photo(`deep/er/a${index - 2}`), {})
      }
    }
    await Promise.all([write(), remove()])
    for (let index = 0; index < 40; index++) await other.delete(photo(`deep/er/a${index}`), {})
    expect((await driver.list('photos', '', { pageSize: 10 })).objects).toEqual([])
  })

  it('reports each key that could not be deleted, and deletes the rest', async () => {
    const { driver, root } = await openPhotos()
    await driver.put(photo('a'), bytes('x'), overwrite)
    const failures = await driver.deleteMany('photos', ['a', 'missing', '.brigade/x'], {})
    expect(failures).toMatchObject([{ key: '.brigade/x', error: { code: 'unsupported' } }])
    expect(await readdir(root)).toEqual(['.brigade'])
  })

  it('reads, lists and deletes from a bucket that was never written to, without making it', async () => {
    const { driver, root } = await openPhotos()
    await expect(driver.get(photo('a'), {})).rejects.toMatchObject({ code: 'not-found' })
    expect(await driver.list('photos', 'a/', { pageSize: 10 })).toEqual({ objects: [], prefixes: [] })
    expect(await driver.listMultipart('photos', '', {})).toEqual([])
    await driver.delete(photo('a'), {})
    await expect(access(root)).rejects.toThrow('ENOENT')
  })

  it('goes on without its own folder, like a bucket restored without hidden files', async () => {
    const { driver, root } = await openPhotos()
    await driver.put(photo('a.txt'), bytes('text'), { attributes: { contentType: 'x/y' }, mode: 'overwrite' })
    await rm(join(root, '.brigade'), { recursive: true })
    expect((await driver.head(photo('a.txt'), {})).contentType).toBe('text/plain')
    await driver.put(photo('a.txt'), bytes('text 2'), overwrite)
    await driver.delete(photo('a.txt'), {})
    expect(await readdir(root)).toEqual(['.brigade'])
  })

  it('removes what dead writers left a day ago, and keeps what is younger', async () => {
    const { driver, directory, root } = await openPhotos()
    await driver.put(photo('a'), bytes('x'), overwrite)
    const abandoned = join(root, '.brigade/pending/abandoned.data')
    await writeFile(abandoned, 'half')
    const upload = await driver.createMultipart(photo('c'), overwrite)
    await mkdir(join(root, `.brigade/uploads/dropped-${upload}`))
    await new DiskDriver({ directory }).put(photo('b'), bytes('x'), overwrite)
    expect((await stat(abandoned)).size).toBe(4)
    vi.setSystemTime(Date.now() + 25 * 60 * 60 * 1000)
    onTestFinished(() => void vi.useRealTimers())
    await new DiskDriver({ directory }).put(photo('b'), bytes('x'), overwrite)
    await expect(access(abandoned)).rejects.toThrow('ENOENT')
    expect(await readdir(join(root, '.brigade/uploads'))).toEqual([upload])
  })

  it('says what to do where the operating system refuses', async () => {
    const { driver, root } = await openPhotos()
    const codes = [
      'ENOSPC',
      'EDQUOT',
      'EMFILE',
      'ENFILE',
      'EACCES',
      'EPERM',
      'EROFS',
      'ENOTDIR',
      'EXDEV',
      'ENAMETOOLONG',
    ]
    const explained = codes.map((code) => {
      const path = join(root, 'secret place')
      return driver.explain(Object.assign(new Error(`${code}: open '${path}'`), { code, syscall: 'open', path }))
    })
    expect(explained.map(({ code }) => code)).toEqual([
      ...['unavailable', 'unavailable', 'unavailable', 'unavailable', 'permission-denied', 'permission-denied'],
      ...['permission-denied', 'unsupported', 'unsupported', 'unsupported'],
    ])
    expect(explained.filter(({ message }) => message.includes('secret place') || message.length < 20)).toEqual([])
    const strange = Object.assign(new Error(`EWHAT: open '${root}'`), { code: 'EWHAT', syscall: 'open' })
    expect(driver.explain(strange)).toEqual({ code: 'unknown', message: 'the operating system reported EWHAT in open' })
  })

  it('explains a folder that it may not write to', async () => {
    const { driver, directory } = await openPhotos()
    await mkdir(join(directory, 'photos'))
    await chmod(directory, 0o755)
    await chmod(join(directory, 'photos'), 0o555)
    const error = await asOrdinaryUser(() => driver.put(photo('a'), bytes('x'), overwrite).catch((reason) => reason))
    expect(driver.explain(error)).toMatchObject({ code: 'permission-denied' })
  })

  it('refuses bucket names that could leave its directory, and an empty directory', async () => {
    const { driver } = await openPhotos()
    for (const bucket of ['..', '.', '', 'a/b', '../x', '.brigade', 'a\0', 'x'.repeat(256)]) {
      await expect(driver.head({ bucket, key: 'a' }, {})).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect(() => new DiskDriver({ directory: '' })).toThrow('directory')
  })

  it('names the option that addresses need', async () => {
    const { driver, directory } = await openPhotos()
    expect(driver.signer).toBeUndefined()
    expect(() => driver.publicUrl(photo('a'))).toThrow('"baseUrl"')
    const sign = { method: 'GET', expiresInSeconds: 60 } as const
    await expect(driver.signedUrl(photo('a'), sign)).rejects.toMatchObject({ code: 'unsupported' })
    const secrets = ['a secret of at least thirty-two bytes']
    const served = new DiskDriver({ directory, baseUrl: 'http://localhost/objects', secrets })
    expect(served.publicUrl(photo('a b'))).toBe('http://localhost/objects/photos/a%20b')
    expect(await served.signedUrl(photo('a'), sign)).toContain('x-brigade-signature=')
  })
})

/** Nothing is forbidden to root, so a test run by root becomes nobody for a moment. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work()
  process.seteuid?.('nobody')
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
