import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { Avatars } from '../avatars.js'

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')

let contentDir: string
let store: Avatars

class WithContent extends Avatars {
  override readonly contentDir = contentDir
}

beforeEach(async () => {
  contentDir = await mkdtemp(join(tmpdir(), 'brigade-content-'))
  store = new WithContent()
})

afterEach(async () => {
  await rm(contentDir, { recursive: true, force: true })
})

async function place(path: string, content: string | Buffer): Promise<string> {
  const file = join(contentDir, path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, content)
  return file
}

describe('upload', () => {
  it('stores a file at the key that its path says', async () => {
    const file = await place('uploads/users/654/leo.jpg', 'pixels')
    expect(await store.upload(file)).toMatchObject({ key: 'uploads/users/654/leo.jpg', size: 6 })
    expect(store.relativePath(store.key(file))).toBe('/uploads/users/654/leo.jpg')
    expect(store.file('/uploads/users/654/leo.jpg')).toBe(file)
  })

  it.each([
    ['a.png', PNG, 'image/png'],
    ['picture.jpg', PNG, 'image/png'],
    ['page.html', '<p>', 'text/html'],
    ['drawing.svg', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['empty.txt', '', 'text/plain'],
    ['empty', '', 'application/octet-stream'],
    ['unknown.qqq', 'text', 'application/octet-stream'],
  ])('gives %s the type that its content says, else its name', async (name, content, type) => {
    await store.upload(await place(name, content))
    expect((await store.head(name)).contentType).toBe(type)
  })

  it('keeps a type that is given, and passes options on', async () => {
    const file = await place('a.png', PNG)
    await store.upload(file, { contentType: 'image/x-own', cacheControl: 'no-store', mode: 'create' })
    expect(await store.head('a.png')).toMatchObject({ contentType: 'image/x-own', cacheControl: 'no-store' })
    await expect(store.upload(file, { mode: 'create' })).rejects.toMatchObject({ code: 'already-exists' })
    await store.upload(file, { contentType: undefined })
    expect((await store.head('a.png')).contentType).toBe('image/png')
  })

  it('stores a large file whole', async () => {
    const bytes = Buffer.alloc(20_000_000, 'brigade')
    await store.upload(await place('large.bin', bytes))
    expect((await store.head('large.bin')).size).toBe(bytes.length)
  })

  it.each(['/etc/passwd', '../outside', '/'])('refuses %s, which is outside', async (file) => {
    await expect(store.upload(file)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('expected a file below contentDir'),
    })
  })

  it('refuses a sibling of the content whose name begins alike', async () => {
    await expect(store.upload(`${contentDir}-old/leo.jpg`)).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('says what is wrong with the file itself', async () => {
    await mkdir(join(contentDir, 'folder'))
    await expect(store.upload('missing.jpg')).rejects.toMatchObject({ code: 'not-found', operation: 'upload' })
    await expect(store.upload('folder')).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('expected a regular file'),
    })
  })

  it('does not wait for ever at a named pipe', async () => {
    execFileSync('mkfifo', [join(contentDir, 'pipe')])
    await expect(store.upload('pipe')).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('says what to set where the class has no content', async () => {
    await expect(new Avatars().upload('a')).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('set contentDir in the subclass'),
    })
  })
})

describe('download', () => {
  it('makes the folders it needs', async () => {
    await store.put('a/b/c.txt', 'content', { contentType: 'text/plain' })
    const head = await store.download(join(contentDir, 'a/b/c.txt'))
    expect(head).toMatchObject({ key: 'a/b/c.txt', size: 7, contentType: 'text/plain' })
    expect(head).not.toHaveProperty('body')
    expect(await readFile(join(contentDir, 'a/b/c.txt'), 'utf8')).toBe('content')
  })

  it('replaces an older file', async () => {
    const file = await place('a.txt', 'old and longer')
    await store.put('a.txt', 'new')
    await store.download(file)
    expect(await readFile(file, 'utf8')).toBe('new')
  })

  it('writes no file, nor folder, for a missing object, and leaves an older file', async () => {
    const file = await place('a.txt', 'old')
    await expect(store.download(file)).rejects.toMatchObject({ code: 'not-found', key: 'a.txt' })
    await expect(store.download('b/c.txt')).rejects.toMatchObject({ code: 'not-found' })
    expect(await readFile(file, 'utf8')).toBe('old')
    expect(await readdir(contentDir)).toEqual(['a.txt'])
  })

  it('leaves no partial file when the body fails or is cancelled', async () => {
    const bodies: PassThrough[] = []
    class Stalling extends MemoryDriver {
      override async get(...args: Parameters<MemoryDriver['get']>): ReturnType<MemoryDriver['get']> {
        const body = new PassThrough()
        bodies.push(body)
        body.write('first half')
        return { ...(await super.get(...args)), body }
      }
    }
    const stalling = new WithContent(new Stalling())
    await stalling.put('a.txt', 'content')
    const file = await place('a.txt', 'old')
    const failing = stalling.download(file)
    await expect.poll(() => bodies.length, { timeout: 60_000 }).toBe(1)
    bodies[0]?.destroy(new Error('read ECONNRESET'))
    await expect(failing).rejects.toMatchObject({ code: 'unknown', message: expect.stringContaining('ECONNRESET') })
    const controller = new AbortController()
    const cancelled = stalling.download(file, { signal: controller.signal })
    await expect.poll(() => bodies.length, { timeout: 60_000 }).toBe(2)
    controller.abort()
    await expect(cancelled).rejects.toBe(controller.signal.reason)
    expect(await readdir(contentDir)).toEqual(['a.txt'])
    expect(await readFile(file, 'utf8')).toBe('old')
  })

  it('says what stands in the way on this machine', async () => {
    await place('taken', 'a file')
    await mkdir(join(contentDir, 'folder'))
    for (const key of ['taken/below', 'folder']) {
      await store.put(key, 'x')
      await expect(store.download(key)).rejects.toMatchObject({
        ...{ code: 'invalid-argument', operation: 'download' },
        message: expect.stringContaining('cannot write the local file'),
      })
    }
    expect((await readdir(contentDir)).sort()).toEqual(['folder', 'taken'])
  })

  it.each(['/etc/passwd', '../outside'])('refuses %s, which is outside', async (file) => {
    await expect(store.download(file)).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('follows a folder that is a link, as people move uploads to other disks', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'brigade-elsewhere-'))
    try {
      await symlink(elsewhere, join(contentDir, 'uploads'))
      await store.put('uploads/a.txt', 'content')
      await store.download('uploads/a.txt')
      expect(await readdir(elsewhere)).toEqual(['a.txt'])
    } finally {
      await rm(elsewhere, { recursive: true })
    }
  })
})
