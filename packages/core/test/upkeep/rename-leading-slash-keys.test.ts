import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { DriverPutOptions, ObjectAttributes } from '../../src/contract/driver.js'
import { DiskDriver } from '../../src/drivers/disk/index.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { DriverError } from '../../src/errors.js'
import { type RenameProgress, renameLeadingSlashKeys } from '../../src/upkeep/rename-leading-slash-keys.js'

const bucket = 'avatars-smashing'
const ATTRIBUTES: ObjectAttributes = {
  contentType: 'image/jpeg',
  cacheControl: 'max-age=60',
  contentDisposition: 'inline',
  contentEncoding: undefined,
  metadata: { owner: 'Léo', php_name: 'leo.jpg' },
}

async function bucketOf(contents: Readonly<Record<string, string>>): Promise<MemoryDriver> {
  const driver = new MemoryDriver()
  for (const [key, content] of Object.entries(contents)) await write(driver, key, content)
  return driver
}

async function write(driver: MemoryDriver, key: string, content: string): Promise<void> {
  const body = { kind: 'bytes', bytes: Buffer.from(content) } as const
  await driver.put({ bucket, key }, body, { attributes: ATTRIBUTES, mode: 'overwrite' })
}

async function contentsOf(driver: MemoryDriver): Promise<Record<string, string>> {
  const { objects } = await driver.list(bucket, '', { pageSize: 1000 })
  const contents = objects.map(
    async ({ key }) => [key, await text((await driver.get({ bucket, key }, {})).body)] as const,
  )
  return Object.fromEntries(await Promise.all(contents))
}

const OLD = { '/uploads/a': '1', '/uploads/b c': '2', '/x': '3', '//two': '4', 'uploads/new': '5' }
const RENAMED = { 'uploads/a': '1', 'uploads/b c': '2', x: '3', '//two': '4', 'uploads/new': '5' }

describe.each(['create', 'copy'] as const)('renaming keys with a leading slash (%s)', (transfer) => {
  it('leaves each object once, with its attributes, and everything else as it was', async () => {
    const driver = await bucketOf(OLD)
    const report = await renameLeadingSlashKeys(driver, bucket, { transfer })
    expect(report).toEqual({ renamed: 3, superseded: 0, failed: 0 })
    expect(await contentsOf(driver)).toEqual(RENAMED)
    expect(await driver.head({ bucket, key: 'uploads/b c' }, {})).toMatchObject(ATTRIBUTES)
    expect(await renameLeadingSlashKeys(driver, bucket, { transfer })).toEqual({ renamed: 0, superseded: 0, failed: 0 })
  })

  it('tells in a dry run what it would do, and does nothing', async () => {
    const driver = await bucketOf({ ...OLD, '/uploads/new': 'older' })
    const seen: RenameProgress[] = []
    const report = await renameLeadingSlashKeys(driver, bucket, {
      transfer,
      action: 'dry-run',
      superseded: 'remove',
      onProgress: (progress) => seen.push(progress),
    })
    expect(report).toEqual({ renamed: 3, superseded: 1, failed: 0 })
    expect(seen.map(({ key, outcome }) => `${outcome} ${key}`).toSorted()).toEqual([
      'renamed uploads/a',
      'renamed uploads/b c',
      'renamed x',
      'superseded uploads/new',
    ])
    expect(seen.at(-1)?.report).toEqual(report)
    expect(await contentsOf(driver)).toEqual({ ...OLD, '/uploads/new': 'older' })
  })

  it('goes on where it was killed, at whatever call', async () => {
    for (let calls = 1; calls < 16; calls++) {
      const driver = await bucketOf(OLD)
      const killed = killAfter(driver, calls)
      await renameLeadingSlashKeys(killed, bucket, { transfer, concurrency: 1 }).catch(() => {})
      await renameLeadingSlashKeys(driver, bucket, { transfer })
      expect(await contentsOf(driver)).toEqual(RENAMED)
    }
  })

  it('leaves another object that is newer, and removes the old one only where that is asked for', async () => {
    const contents = { '/a': 'old', a: 'new', '/b': 'of', b: 'as' }
    const driver = await bucketOf(contents)
    expect(await renameLeadingSlashKeys(driver, bucket, { transfer })).toMatchObject({ renamed: 0, superseded: 2 })
    expect(await contentsOf(driver)).toEqual(contents)
    expect(await renameLeadingSlashKeys(driver, bucket, { transfer, superseded: 'remove' })).toMatchObject({
      superseded: 2,
    })
    expect(await contentsOf(driver)).toEqual({ a: 'new', b: 'as' })
  })

  it('removes nothing that was written again meanwhile', async () => {
    const driver = await bucketOf({ '/a': 'old' })
    const remove = driver.delete.bind(driver)
    driver.delete = async (at, options) => {
      await write(driver, '/a', 'old software is still at it')
      return remove(at, options)
    }
    const seen: RenameProgress[] = []
    const report = await renameLeadingSlashKeys(driver, bucket, { transfer, onProgress: (one) => seen.push(one) })
    expect(report).toEqual({ renamed: 0, superseded: 0, failed: 1 })
    expect(seen[0]?.error).toMatchObject({ code: 'precondition-failed', key: '/a' })
    expect(await contentsOf(driver)).toEqual({ '/a': 'old software is still at it', a: 'old' })
  })

  it('stops at an abort', async () => {
    const reason = new Error('enough')
    const refused = renameLeadingSlashKeys(await bucketOf(OLD), bucket, { transfer, signal: AbortSignal.abort(reason) })
    await expect(refused).rejects.toBe(reason)
  })
})

describe('renaming keys with a leading slash', () => {
  it('never replaces what somebody writes to the new key in that moment', async () => {
    const driver = await bucketOf({ '/a': 'old' })
    const get = driver.get.bind(driver)
    driver.get = async (at, options) => {
      driver.get = get
      await write(driver, 'a', 'new')
      return get(at, options)
    }
    expect(await renameLeadingSlashKeys(driver, bucket)).toEqual({ renamed: 0, superseded: 1, failed: 0 })
    expect(await contentsOf(driver)).toEqual({ '/a': 'old', a: 'new' })
  })

  it('does a part of the work where a prefix or a beginning is named', async () => {
    const driver = await bucketOf({ '/users/1/a': '1', '/users/1/b': '2', '/users/10/a': '3' })
    await renameLeadingSlashKeys(driver, bucket, { prefix: '/users/1/', startAfter: 'users/1/a' })
    expect(Object.keys(await contentsOf(driver))).toEqual(['/users/1/a', '/users/10/a', 'users/1/b'])
    await renameLeadingSlashKeys(driver, bucket, { prefix: 'users/1/' })
    expect(Object.keys(await contentsOf(driver))).toEqual(['/users/10/a', 'users/1/a', 'users/1/b'])
  })

  it('knows its own copy where an upload in parts had given it another ETag', async () => {
    const driver = await bucketOf({ '/a': 'same', a: 'same' })
    const head = driver.head.bind(driver)
    driver.head = async (at, options) => {
      const found = await head(at, {})
      return at.key === 'a' ? { ...found, etag: '"parts-2"' } : head(at, options)
    }
    const get = driver.get.bind(driver)
    driver.get = (at) => get(at, {})
    expect(await renameLeadingSlashKeys(driver, bucket)).toEqual({ renamed: 1, superseded: 0, failed: 0 })
    expect(await contentsOf(driver)).toEqual({ a: 'same' })
  })

  it('gives the access control list that is asked for, and else none', async () => {
    const acls: DriverPutOptions['acl'][] = []
    const driver = await bucketOf({ '/a': '1' })
    const put = driver.put.bind(driver)
    driver.put = (at, body, options) => {
      acls.push(options.acl)
      return put(at, body, options)
    }
    await renameLeadingSlashKeys(driver, bucket)
    await write(driver, '/b', '2')
    await renameLeadingSlashKeys(driver, bucket, { acl: 'public-read' })
    expect(acls).toEqual([undefined, undefined, 'public-read'])
  })

  it('goes on with the others where one fails, and tells why', async () => {
    const driver = await bucketOf(OLD)
    const get = driver.get.bind(driver)
    driver.get = async (at, options) => {
      if (at.key === '/uploads/a') throw new DriverError('permission-denied', 'not yours')
      return get(at, options)
    }
    const errors: unknown[] = []
    const onProgress = ({ error }: RenameProgress) => error && errors.push(error)
    expect(await renameLeadingSlashKeys(driver, bucket, { onProgress })).toEqual({
      renamed: 2,
      superseded: 0,
      failed: 1,
    })
    expect(errors).toEqual([expect.objectContaining({ code: 'permission-denied', key: '/uploads/a' })])
  })

  it('has nothing to do on disk, where there can be none', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slashes-'))
    try {
      const driver = new DiskDriver({ directory })
      const body = { kind: 'bytes', bytes: Buffer.from('x') } as const
      await driver.put({ bucket, key: 'a' }, body, { attributes: {}, mode: 'overwrite' })
      expect(await renameLeadingSlashKeys(driver, bucket)).toEqual({ renamed: 0, superseded: 0, failed: 0 })
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('refuses what is no prefix, key, word or number', async () => {
    const driver = new MemoryDriver()
    await expect(renameLeadingSlashKeys(driver, bucket, { prefix: 'users/1' })).rejects.toMatchObject({
      code: 'invalid-key',
    })
    await expect(renameLeadingSlashKeys(driver, bucket, { startAfter: '../a' })).rejects.toMatchObject({
      code: 'invalid-key',
    })
    await expect(renameLeadingSlashKeys(driver, bucket, { concurrency: 0 })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    const action = 'try' as unknown as 'rename'
    await expect(renameLeadingSlashKeys(driver, bucket, { action })).rejects.toThrow(/expected action to be one of/)
  })
})

/** The same objects, until so many calls were made: then every call fails, as in a process that is no more. */
function killAfter(driver: MemoryDriver, calls: number): MemoryDriver {
  let left = calls
  return new Proxy(driver, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || name === 'explain') return value
      return async (...args: unknown[]) => {
        left -= 1
        if (left < 0) throw new DriverError('unavailable', 'killed')
        return value.apply(target, args)
      }
    },
  })
}
