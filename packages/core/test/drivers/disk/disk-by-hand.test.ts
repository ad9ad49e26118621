import { execFile } from 'node:child_process'
import { link, mkdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { checkSamePath } from '../../../src/drivers/disk/bucket-folder.js'
import { DiskDriver } from '../../../src/drivers/disk/index.js'
import { bytes, create, openPhotos, overwrite, photo, temporaryFolder, textOf } from './disk-fixture.js'

const PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex')
const tagged = { attributes: { contentType: 'image/webp', metadata: { by: 'driver' } }, acl: 'public-read' } as const

describe('files that other hands put into a bucket', () => {
  it('are objects, with a type by content, else by name', async () => {
    const { driver, root } = await openPhotos()
    await mkdir(join(root, 'hand'), { recursive: true })
    await writeFile(join(root, 'hand/picture.txt'), PNG)
    await writeFile(join(root, 'hand/page.html'), 'just text')
    await writeFile(join(root, 'hand/unknown'), '')
    const types = await Promise.all(
      ['picture.txt', 'page.html', 'unknown'].map(async (name) => driver.head(photo(`hand/${name}`), {})),
    )
    expect(types.map(({ contentType }) => contentType)).toEqual(['image/png', 'text/html', 'application/octet-stream'])
    expect(types[0]).toMatchObject({ metadata: {}, size: PNG.length })
    expect(await driver.aclOf(photo('hand/picture.txt'))).toBeUndefined()
    const { objects } = await driver.list('photos', 'hand/', { pageSize: 10 })
    expect(objects.map(({ etag }) => etag)).toEqual([types[1]?.etag, types[0]?.etag, types[2]?.etag])
  })

  it('keep their ETag until they change, and then have another, however quick the edit', async () => {
    const { driver, root } = await openPhotos()
    await driver.put(photo('first'), bytes(''), overwrite)
    const etags = new Set<string>()
    for (let edit = 0; edit < 20; edit++) {
      await writeFile(join(root, 'file'), String(edit).padStart(4, '0'))
      const { etag } = await driver.head(photo('file'), {})
      expect((await driver.head(photo('file'), {})).etag).toBe(etag)
      etags.add(etag)
    }
    expect(etags.size).toBe(20)
  })

  it('lose to a create that finds them, and to the ETag of before', async () => {
    const { driver, root } = await openPhotos()
    const { etag } = await driver.put(photo('a'), bytes('driver'), overwrite)
    await writeFile(join(root, 'a'), 'person')
    const stale = driver.put(photo('a'), bytes('late'), { ...overwrite, mode: { ifMatch: etag } })
    await expect(stale).rejects.toMatchObject({ code: 'precondition-failed' })
    await expect(driver.put(photo('a'), bytes('late'), create)).rejects.toMatchObject({ code: 'already-exists' })
    const seen = await driver.head(photo('a'), {})
    await driver.put(photo('a'), bytes('fresh'), { ...overwrite, mode: { ifMatch: seen.etag } })
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('fresh')
  })

  it('have lost the attributes of the object that they changed or replaced', async () => {
    const { driver, root } = await openPhotos()
    for (const [key, edit] of [
      ['inplace', (file: string) => writeFile(file, 'edited')],
      ['replaced', async (file: string) => writeFile(`${file}.tmp`, 'object').then(() => rename(`${file}.tmp`, file))],
      ['touched', (file: string) => utimes(file, new Date(0), new Date(0))],
    ] as const) {
      const before = await driver.put(photo(key), bytes('object'), { ...tagged, mode: 'overwrite' })
      await edit(join(root, key))
      const after = await driver.head(photo(key), {})
      expect(after.etag).not.toBe(before.etag)
      expect(after).toMatchObject({ contentType: 'application/octet-stream', metadata: {} })
      expect(after.acl).toBeUndefined()
      await driver.put(photo(key), bytes('again'), { ...tagged, mode: 'overwrite' })
      expect(await driver.head(photo(key), {})).toMatchObject({ contentType: 'image/webp', acl: 'public-read' })
    }
  })

  it('are gone once removed, and can be created again', async () => {
    const { driver, root } = await openPhotos()
    await driver.put(photo('a'), bytes('1'), { ...tagged, mode: 'overwrite' })
    await rename(join(root, 'a'), join(root, 'b'))
    await expect(driver.head(photo('a'), {})).rejects.toMatchObject({ code: 'not-found' })
    expect(await driver.head(photo('b'), {})).toMatchObject({ metadata: {} })
    await driver.put(photo('a'), bytes('2'), create)
    expect(await textOf(driver, photo('a'))).toBe('2')
  })

  it('keep their attributes when the whole bucket is restored from a copy', async () => {
    const { driver, directory } = await openPhotos()
    await driver.put(photo('a/b'), bytes('1'), { ...tagged, mode: 'overwrite' })
    const restored = await temporaryFolder()
    await promisify(execFile)('cp', ['-Rp', join(directory, 'photos'), restored])
    expect(await new DiskDriver({ directory: restored }).head(photo('a/b'), {})).toMatchObject({
      contentType: 'image/webp',
      acl: 'public-read',
    })
  })

  it('share nothing with another name of the same file after a write', async () => {
    const { driver, root } = await openPhotos()
    await driver.put(photo('a'), bytes('1'), overwrite)
    await link(join(root, 'a'), join(root, 'snapshot'))
    await driver.put(photo('a'), bytes('2'), overwrite)
    expect(await readFile(join(root, 'snapshot'), 'utf8')).toBe('1')
  })
})

describe('what a disk can not hold', () => {
  it('is an object beside keys that begin with its key', async () => {
    const { driver, root } = await openPhotos()
    await driver.put(photo('a/b'), bytes('1'), overwrite)
    await driver.put(photo('c'), bytes('1'), overwrite)
    const explained = async (work: Promise<unknown>) => {
      const error: unknown = await work.catch((reason: unknown) => reason)
      return error instanceof Error && 'code' in error && error.code === 'unsupported' ? error : driver.explain(error)
    }
    for (const key of ['a', 'c/d', 'c/d/e']) {
      for (const mode of ['overwrite', 'create', { ifMatch: '"x"' }] as const) {
        const failure = await explained(driver.put(photo(key), bytes('2'), { attributes: {}, mode }))
        expect(failure).toMatchObject({ code: 'unsupported', message: expect.stringContaining('"a" beside "a/b"') })
      }
      await expect(driver.get(photo(key), {})).rejects.toMatchObject({ code: 'not-found' })
      await driver.delete(photo(key), {})
    }
    await mkdir(join(root, 'empty/folders/only'), { recursive: true })
    await driver.put(photo('empty'), bytes('now an object'), create)
    expect(await textOf(driver, photo('empty'))).toBe('now an object')
  })

  it('is a segment of more than 255 bytes', async () => {
    const { driver } = await openPhotos()
    const long = photo(`a/${'ü'.repeat(128)}`)
    await expect(driver.put(long, bytes(''), overwrite)).rejects.toMatchObject({ code: 'unsupported' })
    await expect(driver.createMultipart(long, overwrite)).rejects.toMatchObject({ code: 'unsupported' })
    await expect(driver.get(long, {})).rejects.toMatchObject({ code: 'not-found' })
    await driver.delete(long, {})
    await driver.put(photo('ü'.repeat(127)), bytes('x'), overwrite)
  })

  it('is a key in its own folder', async () => {
    const { driver } = await openPhotos()
    await driver.put(photo('a'), bytes('x'), overwrite)
    for (const key of ['.brigade', '.brigade/pending/x', '.Brigade/x']) {
      for (const work of [
        () => driver.put(photo(key), bytes(''), overwrite),
        () => driver.get(photo(key), {}),
        () => driver.delete(photo(key), {}),
        () => driver.copy(photo(key), photo('b'), {}),
        () => driver.copy(photo('a'), photo(key), {}),
        () => driver.createMultipart(photo(key), overwrite),
        () => driver.list('photos', `${key}/`, { pageSize: 10 }),
      ]) {
        await expect(work()).rejects.toMatchObject({
          code: 'unsupported',
          message: expect.stringContaining('.brigade'),
        })
      }
    }
    await driver.put(photo('a2/.brigade/x'), bytes('further down it is a name like others'), overwrite)
  })

  it('is anything behind a symbolic link, in any direction', async () => {
    const { driver, root } = await openPhotos()
    const outside = await temporaryFolder()
    await writeFile(join(outside, 'secret'), 'secret')
    await driver.put(photo('inside/a'), bytes('x'), overwrite)
    await symlink(outside, join(root, 'out'))
    await symlink(join(outside, 'secret'), join(root, 'file'))
    await symlink(join(root, 'inside'), join(root, 'in'))
    await symlink(join(root, 'nowhere'), join(root, 'dangling'))
    for (const key of ['out/secret', 'out/new', 'out/new/er', 'file', 'in/a', 'in/new']) {
      const at = photo(key)
      await expect(driver.put(at, bytes('evil'), overwrite)).rejects.toMatchObject({ code: 'permission-denied' })
    }
    for (const key of ['out/secret', 'file', 'in/a']) {
      await expect(driver.get(photo(key), {})).rejects.toMatchObject({ code: 'permission-denied' })
      await expect(driver.delete(photo(key), {})).rejects.toMatchObject({ code: 'permission-denied' })
    }
    await expect(driver.put(photo('dangling/x'), bytes('evil'), overwrite)).rejects.toMatchObject({
      code: 'permission-denied',
    })
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret')
    const { objects } = await driver.list('photos', '', { pageSize: 10 })
    expect(objects.map(({ key }) => key)).toEqual(['inside/a'])
  })

  it('takes a symbolic link as the directory itself', async () => {
    const directory = await temporaryFolder()
    const alias = join(await temporaryFolder(), 'alias')
    await symlink(directory, alias)
    const driver = new DiskDriver({ directory: alias })
    await driver.put(photo('a/b'), bytes('x'), overwrite)
    expect(await textOf(new DiskDriver({ directory }), photo('a/b'))).toBe('x')
  })

  it('is a key that the file system takes for another', () => {
    const other = { code: 'unsupported', message: expect.stringContaining('case') }
    const failure = (expected: string, actual: string): unknown => {
      try {
        return checkSamePath(expected, actual)
      } catch (error) {
        return error
      }
    }
    expect(failure('/b/A.jpg', '/b/a.jpg')).toMatchObject(other)
    expect(failure('/b/\u00e9', '/b/e\u0301')).toMatchObject(other)
    expect(failure('/b/a', '/etc/passwd')).toMatchObject({ code: 'permission-denied' })
    expect(failure('/b/a', '/b/a')).toBeUndefined()
  })
})
