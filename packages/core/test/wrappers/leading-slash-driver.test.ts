import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { StorageDriver } from '../../src/contract/driver.js'
import { DiskDriver } from '../../src/drivers/disk/index.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { S3Driver } from '../../src/drivers/s3/index.js'
import type { BucketStore } from '../../src/store/bucket-store.js'
import { describeConformance } from '../../src/testing/index.js'
import { LeadingSlashDriver } from '../../src/wrappers/leading-slash-driver.js'
import { Avatars } from '../avatars.js'
import { memoryDepartures } from '../drivers/departures.js'
import { oldWriter } from '../old-writer.js'

describeConformance(
  { describe, it },
  {
    name: 'memory with both spellings of a key',
    open: async () => ({
      driver: new LeadingSlashDriver(new MemoryDriver()),
      bucket: 'conformance',
      close: async () => {},
    }),
    departures: memoryDepartures,
  },
)

describeConformance(
  { describe, it },
  {
    name: 'memory where everything that is put begins with a slash',
    open: async () => {
      const memory = new MemoryDriver()
      const driver = oldWriter(memory, new LeadingSlashDriver(memory))
      return { driver, bucket: 'conformance', close: async () => {} }
    },
    departures: memoryDepartures,
  },
)

class Shared extends Avatars {
  override readonly legacyLeadingSlashKeys = 'included'
}

/** What is really in the bucket. */
async function keysIn(driver: StorageDriver, bucket = 'avatars-smashing'): Promise<string[]> {
  const { objects } = await driver.list(bucket, '', { pageSize: 1000 })
  return objects.map(({ key }) => key)
}

async function writeRaw(driver: StorageDriver, contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, content] of Object.entries(contents)) {
    const body = { kind: 'bytes', bytes: Buffer.from(content) } as const
    await driver.put({ bucket: 'avatars-smashing', key }, body, { attributes: {}, mode: 'overwrite' })
  }
}

async function opened(contents: Readonly<Record<string, string>>): Promise<[Shared, MemoryDriver]> {
  const driver = new MemoryDriver()
  await writeRaw(driver, contents)
  return [new Shared(driver), driver]
}

const contentOf = async (store: BucketStore, key: string): Promise<string> => text((await store.get(key)).body)

describe('a store that heeds leading slashes', () => {
  it('reads what was written with one, and prefers what was written without', async () => {
    const [store] = await opened({ '/uploads/old': 'old', '/uploads/both': 'old', 'uploads/both': 'new' })
    expect(await contentOf(store, 'uploads/old')).toBe('old')
    expect(await contentOf(store, '/uploads/old')).toBe('old')
    expect(await contentOf(store, 'uploads/both')).toBe('new')
    expect((await store.head('uploads/old')).key).toBe('uploads/old')
    await expect(store.get('uploads/none')).rejects.toMatchObject({ code: 'not-found', key: 'uploads/none' })
  })

  it('lists both as one, in order, page by page', async () => {
    const raw = ['/a', '/b/1', '/b/3', '/é', '//two', ' x', '-', 'a', 'b/2', 'c', 'd/1', '/d/2']
    const [store] = await opened(Object.fromEntries(raw.map((key) => [key, key])))
    const expected = [' x', '-', '//two', 'a', 'b/1', 'b/2', 'b/3', 'c', 'd/1', 'd/2', 'é']
    for (const pageSize of [1, 2, 3, 11, 1000]) {
      const listed = await store.list('', { pageSize }).toArray()
      expect(listed.map(({ key }) => key)).toEqual(expected)
      const levels: string[] = []
      for await (const page of store.list('', { pageSize, delimiter: '/' }).pages()) {
        expect(page.objects.length + page.prefixes.length).toBeLessThanOrEqual(pageSize)
        levels.push(...page.objects.map(({ key }) => key), ...page.prefixes)
      }
      expect(levels.toSorted()).toEqual([' x', '-', '//', 'a', 'b/', 'c', 'd/', 'é'])
    }
    expect((await store.list('/b/').toArray()).map(({ key }) => key)).toEqual(['b/1', 'b/2', 'b/3'])
    expect((await store.list('', { startAfter: '/b/2' }).toArray()).map(({ key }) => key)).toEqual(expected.slice(6))
  })

  it('skips what it has seen, where a bucket holds almost nothing but old keys', async () => {
    const old = Array.from({ length: 500 }, (_, index) => [`/old/${String(index).padStart(3, '0')}`, 'x'] as const)
    const [store, driver] = await opened({ '!first': 'x', ...Object.fromEntries(old), last: 'x' })
    let lists = 0
    const list = driver.list.bind(driver)
    driver.list = (...args) => {
      lists += 1
      return list(...args)
    }
    const listed = await store.list('', { pageSize: 10 }).toArray()
    expect(listed.map(({ key }) => key).slice(0, 3)).toEqual(['!first', 'last', 'old/000'])
    expect(listed).toHaveLength(502)
    // 51 pages: each asks for both spellings, and jumps once over what only one of them can tell.
    expect(lists).toBeLessThanOrEqual(51 * 3)
  })

  it('gives entries that serve as keys, also of what begins with two slashes', async () => {
    const [store, driver] = await opened({ '/x': 'old', '//x': 'two' })
    const contents: string[] = []
    for (const entry of await store.list().toArray()) {
      contents.push(await text((await store.get(entry)).body))
      await store.delete(entry)
    }
    expect(contents).toEqual(['two', 'old'])
    expect(await keysIn(driver)).toEqual([])
  })

  it('removes both, so that nothing old comes to light', async () => {
    const [store, driver] = await opened({ '/a': 'old', a: 'new', '/b/1': 'x', 'b/1': 'x', '/b/2': 'x', 'b/3': 'x' })
    await store.delete('a')
    await expect(store.head('a')).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.deletePrefix('b/')).toBe(3)
    expect(await keysIn(driver)).toEqual([])
  })

  it('removes the version that was named, of either, and what it hides', async () => {
    const [store, driver] = await opened({ '/a': 'old', '/b': 'old', b: 'new' })
    const [a, b] = [await store.head('a'), await store.head('b')]
    await expect(store.delete('a', { ifMatch: b.etag })).rejects.toMatchObject({ code: 'precondition-failed' })
    await expect(store.delete('b', { ifMatch: a.etag })).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(await contentOf(store, 'a')).toBe('old')
    expect(await contentOf(store, 'b')).toBe('new')
    await store.delete('a', { ifMatch: a.etag })
    await store.delete('b', { ifMatch: b.etag })
    expect(await keysIn(driver)).toEqual([])
  })

  it('moves what was written with one, alone or with everything below a prefix', async () => {
    const [store, driver] = await opened({ '/a': '1', '/b/1': '2', 'b/2': '3', '/b/2': 'hidden', '/b10/x': '4' })
    await store.move('a', 'c')
    expect(await store.movePrefix('b/', 'd/')).toBe(2)
    expect(await keysIn(driver)).toEqual(['/b10/x', 'c', 'd/1', 'd/2'])
    expect(await contentOf(store, 'd/2')).toBe('3')
  })

  it('removes the old one first: a server that dies in between leaves the new one', async () => {
    const [store, driver] = await opened({ '/a': 'old', a: 'new' })
    driver.delete = ((remove) => async (at) => {
      if (at.key === 'a') throw new Error('killed')
      return remove.call(driver, at)
    })(driver.delete)
    await expect(store.delete('a')).rejects.toThrow('killed')
    expect(await contentOf(store, 'a')).toBe('new')
  })

  it('copies what was written with one, and writes none', async () => {
    const [store, driver] = await opened({ '/a': 'old' })
    await store.copy('/a', '/b')
    await store.copy('a', 'a')
    await store.put('/c', 'new')
    expect(await keysIn(driver)).toEqual(['/a', 'a', 'b', 'c'])
  })

  it('creates only where there is neither', async () => {
    const [store, driver] = await opened({ '/a': 'old' })
    const taken = { code: 'already-exists', message: expect.stringContaining('leading slash') }
    await expect(store.put('a', 'new', { mode: 'create' })).rejects.toMatchObject(taken)
    await expect(store.multipart('a', { mode: 'create' })).rejects.toMatchObject(taken)
    await store.put('b', 'new', { mode: 'create' })
    const upload = await store.multipart('c', { mode: 'create' })
    const parts = [await upload.uploadPart(1, Buffer.from('part'))]
    await writeRaw(driver, { '/c': 'written meanwhile' })
    await expect(upload.complete(parts)).rejects.toMatchObject(taken)
    expect(await keysIn(driver)).toEqual(['/a', '/c', 'b'])
  })

  it('replaces exactly the version that was named, of either', async () => {
    const [store, driver] = await opened({ '/a': 'old' })
    const { etag } = await store.head('a')
    await expect(store.put('a', 'x', { mode: { ifMatch: '"another"' } })).rejects.toMatchObject({
      code: 'precondition-failed',
    })
    const swapped = await store.put('a', 'new', { mode: { ifMatch: etag } })
    await expect(store.put('a', 'x', { mode: { ifMatch: etag } })).rejects.toMatchObject({
      code: 'precondition-failed',
    })
    await store.put('a', 'newer', { mode: { ifMatch: swapped.etag } })
    expect(await contentOf(store, 'a')).toBe('newer')
    expect(await keysIn(driver)).toEqual(['/a', 'a'])
    await expect(store.put('b', 'x', { mode: { ifMatch: etag } })).rejects.toMatchObject({
      code: 'precondition-failed',
    })
  })

  it('lets one of many swaps of an old version win', async () => {
    const [store] = await opened({ '/a': 'old' })
    const { etag } = await store.head('a')
    const swaps = Array.from({ length: 20 }, (_, index) => store.put('a', `by ${index}`, { mode: { ifMatch: etag } }))
    const results = await Promise.allSettled(swaps)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'precondition-failed' })
    }
  })

  it('finds an object that is renamed while it looks', async () => {
    const [store, driver] = await opened({ '/a': 'moving' })
    const head = driver.head.bind(driver)
    driver.head = async (at, options) => {
      const seen = await head(at, options).catch((error: unknown) => error)
      if (at.key === 'a' && seen instanceof Error) {
        await driver.copy({ ...at, key: '/a' }, at, {})
        await driver.delete({ ...at, key: '/a' })
      }
      if (seen instanceof Error) throw seen
      return head(at, options)
    }
    expect(await store.head('a')).toMatchObject({ key: 'a', size: 6 })
  })

  it('has the slash before its prefix', async () => {
    class Users extends Shared {
      override readonly prefix = 'uploads/users/'
    }
    const driver = new MemoryDriver()
    await writeRaw(driver, { '/uploads/users/1/old': 'old', 'uploads/users/1/new': 'new', '/uploads/other': 'x' })
    const store = new Users(driver)
    expect((await store.list('1/').toArray()).map(({ key }) => key)).toEqual(['1/new', '1/old'])
    expect(await contentOf(store, '/1/old')).toBe('old')
  })

  it('signs the address of what is there, and publishes that of the key without', async () => {
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
    const driver = new S3Driver({ endpoint: 'http://127.0.0.1:9', credentials })
    const memory = new MemoryDriver()
    await writeRaw(memory, { '/old': 'x', new: 'x' })
    driver.head = (at, options) => memory.head(at, options)
    const store = new Shared(driver)
    const pathOf = async (key: string): Promise<string> => new URL(await store.signedUrl(key)).pathname
    expect(await pathOf('old')).toBe('/avatars-smashing//old')
    expect(await pathOf('new')).toBe('/avatars-smashing/new')
    expect(await pathOf('none')).toBe('/avatars-smashing/none')
    expect(store.publicUrl('old')).toBe('http://127.0.0.1:9/avatars-smashing/old')
    const create = { method: 'PUT', contentType: 'image/png', contentLength: 1, mode: 'create' } as const
    await expect(store.presignUpload('old', create)).rejects.toMatchObject({ code: 'already-exists' })
    expect((await store.presignUpload('none', create)).url).toContain('/avatars-smashing/none?')
  })

  it('works on disk, which holds no such keys and says so', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slashes-'))
    try {
      const driver = new DiskDriver({ directory })
      const slashed = { bucket: 'avatars-smashing', key: '/a' }
      const store = new Shared(driver)
      await store.put('/a', 'x', { mode: 'create' })
      const body = { kind: 'bytes', bytes: Buffer.from('x') } as const
      await expect(driver.put(slashed, body, { attributes: {}, mode: 'overwrite' })).rejects.toMatchObject({
        code: 'invalid-key',
        message: expect.stringContaining('without empty'),
      })
      expect((await store.list().toArray()).map(({ key }) => key)).toEqual(['a'])
      await expect(store.head('b')).rejects.toMatchObject({ code: 'not-found' })
      expect(await store.deletePrefix('')).toBe(1)
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('tells what its driver has learned of the service', () => {
    const learned = { ifMatchForm: 'unquoted' } as const
    const driver = new LeadingSlashDriver(Object.assign(new MemoryDriver(), { learned }))
    expect(driver.learned).toBe(learned)
    expect(new LeadingSlashDriver(new MemoryDriver()).learned).toBeUndefined()
  })

  it('is refused any other word', async () => {
    class Wrong extends Avatars {
      override readonly legacyLeadingSlashKeys = true as unknown as 'included'
    }
    await expect(new Wrong().head('a')).rejects.toMatchObject({
      ...{ name: 'StoreError', code: 'invalid-argument', operation: 'open' },
      message: expect.stringContaining('expected legacyLeadingSlashKeys to be one of "included"'),
    })
  })
})
