import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ListPage } from '../../../src/contract/driver.js'
import type { DiskDriver } from '../../../src/drivers/disk/index.js'
import { bytes, openPhotos, overwrite, photo } from './disk-fixture.js'

const KEYS = [
  ...[
    'a',
    'a!b',
    'a.jpg',
    'b/1',
    'b/2/x',
    'b/2.x',
    'b/2/y/z',
    'b!',
    'b0',
    'c/%41',
    'c/a b',
    'c/[x]{y}',
    'c/\'"',
    'd/～',
  ],
  ...['d/😀', 'd/ä', 'd/z', 'B/1', '.hidden', 'e/.brigade/x', '#', '~'],
]

async function filled(keys: readonly string[]): Promise<{ readonly driver: DiskDriver; readonly root: string }> {
  const { driver, root } = await openPhotos()
  for (const key of keys) await driver.put(photo(key), bytes(key), overwrite)
  return { driver, root }
}

async function pages(
  driver: DiskDriver,
  prefix: string,
  options: { readonly pageSize: number; readonly delimiter?: '/'; readonly startAfter?: string },
): Promise<ListPage[]> {
  const all = [await driver.list('photos', prefix, options)]
  const { startAfter: _, ...later } = options
  for (let cursor = all[0]?.cursor; cursor !== undefined; cursor = all.at(-1)?.cursor) {
    all.push(await driver.list('photos', prefix, { ...later, cursor }))
  }
  return all
}

function keysOf(listed: readonly ListPage[]): string[] {
  return listed.flatMap(({ objects }) => objects.map(({ key }) => key))
}

function sorted(keys: readonly string[]): string[] {
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

describe('listing a bucket on disk', () => {
  it('gives every key once, in byte order, whatever the page size', async () => {
    const keys = KEYS.filter((key) => key !== 'B/1' && key !== 'a!b')
    const { driver } = await filled(keys)
    for (const pageSize of [1, 2, 3, 7, 1000]) {
      const listed = await pages(driver, '', { pageSize })
      expect(keysOf(listed)).toEqual(sorted(keys))
      expect(listed.every(({ objects }) => objects.length <= pageSize)).toBe(true)
      expect(listed.at(-1)?.objects).not.toEqual([])
    }
    for (const startAfter of ['a.jpg', 'b/', 'b/2', 'b/2/x', 'b/3', 'c', '￿']) {
      const listed = await pages(driver, '', { pageSize: 2, startAfter })
      expect(keysOf(listed)).toEqual(
        sorted(keys).filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(startAfter)) > 0),
      )
    }
  })

  it('folds what is below the next delimiter, in order with the objects beside it', async () => {
    const { driver, root } = await filled(['b/1', 'b/2/x', 'b/2.x', 'b/2/y/z', 'b/20', 'b0', 'c/1'])
    await mkdir(join(root, 'b/empty/folders'), { recursive: true })
    for (const pageSize of [1, 2, 100]) {
      const listed = await pages(driver, 'b/', { pageSize, delimiter: '/' })
      expect(keysOf(listed)).toEqual(['b/1', 'b/2.x', 'b/20'])
      expect(listed.flatMap(({ prefixes }) => prefixes)).toEqual(['b/2/'])
    }
    const top = await driver.list('photos', '', { pageSize: 100, delimiter: '/' })
    expect(top.prefixes).toEqual(['b/', 'c/'])
    expect(keysOf([top])).toEqual(['b0'])
  })

  it('goes on right when objects come and go between pages', async () => {
    const { driver } = await filled(['a/1', 'a/2', 'b/1', 'c/1', 'c/2'])
    const first = await driver.list('photos', '', { pageSize: 3 })
    await driver.delete(photo('b/1'), {})
    await driver.delete(photo('c/1'), {})
    await driver.put(photo('a/3'), bytes('came too late'), overwrite)
    await driver.put(photo('b/2'), bytes('came in time'), overwrite)
    const rest = await driver.list('photos', '', { pageSize: 3, cursor: first.cursor })
    expect(keysOf([first, rest])).toEqual(['a/1', 'a/2', 'b/1', 'b/2', 'c/2'])
    expect(rest.cursor).toBeUndefined()
  })

  it('is empty for a prefix that is missing, or is an object', async () => {
    const { driver } = await filled(['a', 'b/1'])
    for (const prefix of ['missing/', 'a/', 'b/1/', 'b/1/2/', 'B/']) {
      expect(await driver.list('photos', prefix, { pageSize: 10 })).toEqual({ objects: [], prefixes: [] })
    }
  })

  it('gives each object as its head has it', async () => {
    const { driver } = await filled(['a/1'])
    const { key, size, etag, lastModified } = await driver.head(photo('a/1'), {})
    const { objects } = await driver.list('photos', 'a/', { pageSize: 10 })
    expect(objects).toEqual([{ key, size, etag, lastModified }])
  })

  it('pages through a folder of more names than it holds at a time', async () => {
    const { driver, root } = await openPhotos()
    const keys = Array.from({ length: 9001 }, (_, index) => `many/${(index * 7919) % 9001}`)
    await mkdir(join(root, 'many'), { recursive: true })
    for (let at = 0; at < keys.length; at += 100) {
      await Promise.all(keys.slice(at, at + 100).map((key) => writeFile(join(root, key), '')))
    }
    const listed = await pages(driver, '', { pageSize: 1000 })
    expect(keysOf(listed)).toEqual(sorted(keys))
    const folded = await driver.list('photos', '', { pageSize: 10, delimiter: '/' })
    expect(folded).toEqual({ objects: [], prefixes: ['many/'] })
  }, 300_000)

  it('ends when it is cancelled', async () => {
    const { driver } = await filled(['a/1'])
    const options = { pageSize: 10, signal: AbortSignal.abort(new Error('enough')) }
    await expect(driver.list('photos', '', options)).rejects.toThrow('enough')
  })
})
