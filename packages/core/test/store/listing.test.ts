import { describe, expect, it } from 'vitest'
import type { DriverListOptions, ListPage } from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { Avatars, requestsDuring } from '../avatars.js'

class Asked extends MemoryDriver {
  readonly asked: DriverListOptions[] = []

  override list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    this.asked.push(options)
    return super.list(bucket, prefix, options)
  }
}

async function filled(driver = new Asked()): Promise<{ driver: Asked; store: Avatars }> {
  const store = new Avatars(driver)
  for (const key of ['a', 'b', 'c', 'd', 'e']) await store.put(key, key)
  return { driver, store }
}

describe('a listing', () => {
  it('asks for nothing before it is iterated, and for a page only when it is needed', async () => {
    const { driver, store } = await filled()
    const listing = store.list('', { pageSize: 2 })
    expect(driver.asked).toEqual([])
    for await (const { key } of listing) if (key === 'b') break
    expect(driver.asked).toHaveLength(1)
  })

  it('says where to begin with the first page only', async () => {
    const { driver, store } = await filled()
    await store.list('', { pageSize: 2, startAfter: 'a' }).toArray()
    expect(driver.asked.map(({ startAfter, cursor }) => [startAfter, cursor])).toEqual([
      ['a', undefined],
      [undefined, 'c'],
    ])
  })

  it('goes by the cursor, not by the count: services give short and empty pages', async () => {
    class Short extends MemoryDriver {
      override async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
        if (options.cursor === undefined) return { objects: [], prefixes: [], cursor: 'go on' }
        return super.list(bucket, prefix, { ...options, cursor: undefined })
      }
    }
    const store = new Avatars(new Short())
    await store.put('a', 'x')
    expect((await store.list().toArray()).map(({ key }) => key)).toEqual(['a'])
  })

  it('makes one request for each page', async () => {
    const { store } = await filled()
    const events = await requestsDuring(store, () => store.list('', { pageSize: 2 }).toArray())
    expect(events.map(({ operation }) => operation)).toEqual(['list', 'list', 'list'])
  })

  it('fails as a call does', async () => {
    class Failing extends MemoryDriver {
      override async list(): Promise<never> {
        throw new Error('HTTP 500')
      }
    }
    await expect(new Avatars(new Failing()).list('users/1/').toArray()).rejects.toMatchObject({
      ...{ name: 'StoreError', operation: 'list', key: 'users/1/' },
      message: 'list "users/1/" in bucket "avatars-smashing": HTTP 500',
    })
  })

  it('of the whole bucket is named by it in messages', async () => {
    class Failing extends MemoryDriver {
      override async list(): Promise<never> {
        throw new Error('HTTP 500')
      }
    }
    await expect(new Avatars(new Failing()).list().toArray()).rejects.toThrow(
      'list bucket "avatars-smashing": HTTP 500',
    )
  })
})
