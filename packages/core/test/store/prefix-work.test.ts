import { describe, expect, it } from 'vitest'
import type { DriverCopyOptions, DriverDeleteOptions, ObjectLocation } from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { DriverError } from '../../src/errors.js'
import type { PrefixProgress } from '../../src/store/options.js'
import { keysOf, putAll, textOf } from '../../src/testing/contents.js'
import { Avatars, requestsDuring } from '../avatars.js'

type Copied = ReturnType<MemoryDriver['copy']>

/** Refuses to copy what the test says. */
class Copying extends MemoryDriver {
  refuse: (key: string) => DriverError | undefined = () => undefined
  before: (from: ObjectLocation) => Promise<unknown> = async () => {}

  override async copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Copied {
    await this.before(from)
    const refusal = this.refuse(from.key)
    if (refusal) throw refusal
    return super.copy(from, to, options)
  }
}

/** Has no conditional deletes, as most services. */
class PlainDeletes extends Copying {
  override async delete(at: ObjectLocation, options: DriverDeleteOptions = {}): Promise<void> {
    if (options.ifMatch !== undefined) throw new DriverError('unsupported', 'no conditional deletes')
    await super.delete(at)
  }
}

const NAMES = Array.from({ length: 40 }, (_, index) => `n/${index}`)

async function filled(driver: MemoryDriver = new Copying()): Promise<Avatars> {
  const store = new Avatars(driver)
  await putAll(store, [...NAMES.map((name) => `users/1/${name}`), 'users/10/a', 'users/1-a', 'users/1'])
  return store
}

describe('move', () => {
  it('leaves bytes and attributes at the new key only', async () => {
    const store = new Avatars()
    await store.put('a', 'content', { contentType: 'text/plain', metadata: { by: 'leo' } })
    const { etag } = await store.move('/a', 'b/c')
    expect(await keysOf(store)).toEqual(['b/c'])
    expect(await textOf(store, 'b/c')).toBe('content')
    expect(await store.head('b/c')).toMatchObject({ etag, contentType: 'text/plain', metadata: { by: 'leo' } })
  })

  it.each([
    ['with conditional deletes', () => new Copying()],
    ['without', () => new PlainDeletes()],
  ])('leaves a version where it is that came meanwhile, %s', async (_how, make) => {
    const driver = make()
    const store = new Avatars(driver)
    await store.put('a', 'first')
    const { delete: remove } = driver
    driver.delete = async (at, options) => {
      await store.put('a', 'second')
      driver.delete = remove
      return remove.call(driver, at, options)
    }
    await expect(store.move('a', 'b')).rejects.toMatchObject({ code: 'precondition-failed', key: 'a' })
    expect(await textOf(store, 'a')).toBe('second')
    expect(await textOf(store, 'b')).toBe('first')
  })

  it('copies no other version than the one it will remove', async () => {
    const driver = new Copying()
    const store = new Avatars(driver)
    await store.put('a', 'first')
    driver.before = () => store.put('a', 'second')
    await expect(store.move('a', 'b')).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(await keysOf(store)).toEqual(['a'])
  })

  it('works where the service has no conditional deletes', async () => {
    const store = new Avatars(new PlainDeletes())
    await store.put('a', 'content')
    const events = await requestsDuring(store, () => store.move('a', 'b'))
    expect(await keysOf(store)).toEqual(['b'])
    expect(events.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['head', 'ok'],
      ['copy', 'ok'],
      ['delete', 'ok'],
    ])
  })

  it('never removes an object by moving it to where it is', async () => {
    const store = new Avatars()
    await store.put('a', 'content')
    await expect(store.move('a', '/a')).rejects.toMatchObject({ code: 'invalid-argument', operation: 'move' })
    expect(await keysOf(store)).toEqual(['a'])
    await expect(store.move('missing', 'b')).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('copyPrefix', () => {
  it('copies everything below a prefix, and nothing of its siblings', async () => {
    const store = await filled()
    expect(await store.copyPrefix('users/1/', 'users/2/')).toBe(40)
    expect(await keysOf(store, 'users/2/')).toEqual(NAMES.map((name) => `users/2/${name}`).sort())
    expect(await keysOf(store)).toHaveLength(83)
    expect(await textOf(store, 'users/2/n/7')).toBe('content of users/1/n/7')
  })

  it('tells after every object how far it has come', async () => {
    const store = await filled()
    const seen: PrefixProgress[] = []
    await store.copyPrefix('users/1/', 'b/', { concurrency: 3, onProgress: (progress) => seen.push(progress) })
    expect(seen.map(({ objects }) => objects)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    const sizes = (await store.list('users/1/').toArray()).map(({ size }) => size)
    expect(seen.at(-1)?.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
    expect(new Set(seen.map(({ key }) => key)).size).toBe(40)
  })

  it('goes on where it broke off, without copying again', async () => {
    const driver = new Copying()
    const store = await filled(driver)
    await store.put('b/n/0', 'was here before')
    await store.put('b/unrelated', 'x')
    let left = 20
    driver.refuse = () => (left-- > 0 ? undefined : new DriverError('unavailable', 'HTTP 503'))
    const broken = store.copyPrefix('users/1/', 'b/', { existing: 'keep' })
    await expect(broken).rejects.toMatchObject({ code: 'unavailable', operation: 'copy' })
    driver.refuse = () => undefined
    expect(await store.copyPrefix('users/1/', 'b/', { existing: 'keep' })).toBe(19)
    expect(await keysOf(store, 'b/')).toHaveLength(41)
    expect(await textOf(store, 'b/n/0')).toBe('was here before')
    expect(await store.copyPrefix('users/1/', 'b/', { existing: 'keep' })).toBe(0)
  })

  it('finds what is there in the order of UTF-8, in which services list', async () => {
    const names = ['a', 'a!', 'a/b', 'B', 'é', '\u{FF5E}', '\u{1F600}', '~']
    const store = new Avatars()
    await putAll(
      store,
      names.map((name) => `from/${name}`),
    )
    await putAll(
      store,
      names.filter((_, index) => index % 2 === 0).map((name) => `to/${name}`),
    )
    expect(await store.copyPrefix('from/', 'to/', { existing: 'keep' })).toBe(4)
  })

  it('reports what is wrong with one object after the rest was copied', async () => {
    const driver = new Copying()
    const store = await filled(driver)
    driver.refuse = (key) => (key.endsWith('/3') ? new DriverError('permission-denied', 'no right') : undefined)
    await expect(store.copyPrefix('users/1/', 'b/')).rejects.toMatchObject({
      ...{ code: 'permission-denied', operation: 'copy', key: 'users/1/n/3' },
    })
    expect(await keysOf(store, 'b/')).toHaveLength(39)
  })

  it('leaves out what is removed meanwhile', async () => {
    const driver = new Copying()
    const store = await filled(driver)
    driver.before = async ({ key }) => {
      if (key.endsWith('/3')) await store.delete(key)
    }
    expect(await store.copyPrefix('users/1/', 'b/')).toBe(39)
  })

  it('copies keys that others wrote against the rules', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    const body = { kind: 'bytes', bytes: Buffer.from('x') } as const
    for (const key of ['from/', 'from//x', 'from/../y', 'from/e\u0301']) {
      await driver.put({ bucket: store.bucket, key }, body, { attributes: {}, mode: 'overwrite' })
    }
    expect(await store.copyPrefix('from/', 'to/')).toBe(4)
    expect(await keysOf(store, 'to/')).toEqual(['to/', 'to/../y', 'to//x', 'to/e\u0301'])
  })

  it.each([
    ['users/1', 'b/', 'invalid-key'],
    ['users/1/', 'b', 'invalid-key'],
    ['users/1/', 'users/1/', 'invalid-argument'],
    ['users/', 'users/1/', 'invalid-argument'],
    ['users/1/', 'users/', 'invalid-argument'],
    ['', 'b/', 'invalid-argument'],
    ['b/', '', 'invalid-argument'],
  ])('refuses to copy from %j to %j', async (from, to, code) => {
    const store = await filled()
    await expect(store.copyPrefix(from, to)).rejects.toMatchObject({ code, operation: 'copy-prefix' })
    await expect(store.movePrefix(from, to)).rejects.toMatchObject({ code, operation: 'move-prefix' })
    expect(await keysOf(store)).toHaveLength(43)
  })

  it('ends under its signal', async () => {
    const driver = new Copying()
    const store = await filled(driver)
    const controller = new AbortController()
    driver.before = async ({ key }) => {
      if (key.endsWith('/3')) controller.abort(new Error('enough'))
    }
    await expect(store.copyPrefix('users/1/', 'b/', { signal: controller.signal })).rejects.toThrow('enough')
    expect((await keysOf(store, 'b/')).length).toBeLessThan(40)
  })
})

describe('movePrefix', () => {
  it('leaves nothing at the old place, and siblings where they are', async () => {
    const store = await filled()
    expect(await store.movePrefix('users/1/', 'archive/1/')).toBe(40)
    expect(await keysOf(store, 'users/')).toEqual(['users/1', 'users/1-a', 'users/10/a'])
    expect(await keysOf(store, 'archive/1/')).toHaveLength(40)
  })

  it('goes on where it broke off', async () => {
    const driver = new Copying()
    const store = await filled(driver)
    let left = 15
    driver.refuse = () => (left-- > 0 ? undefined : new DriverError('unavailable', 'HTTP 503'))
    await expect(store.movePrefix('users/1/', 'b/')).rejects.toMatchObject({ code: 'unavailable' })
    driver.refuse = () => undefined
    const moved = (await keysOf(store, 'b/')).length
    expect(await store.movePrefix('users/1/', 'b/')).toBe(40 - moved)
    expect(await keysOf(store, 'b/')).toHaveLength(40)
    expect(await keysOf(store, 'users/1/')).toEqual([])
  })

  it('loses no version that was written meanwhile', async () => {
    const driver = new PlainDeletes()
    const store = await filled(driver)
    driver.before = async ({ key }) => {
      if (key.endsWith('/3')) await store.put(key, 'newer')
    }
    await expect(store.movePrefix('users/1/', 'b/')).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(await keysOf(store, 'users/1/')).toEqual(['users/1/n/3'])
    expect(await textOf(store, 'users/1/n/3')).toBe('newer')
  })
})

describe('deletePrefix', () => {
  it('deletes pages at a time, and tells how far it has come', async () => {
    const store = new Avatars()
    await putAll(store, [...Array.from({ length: 2500 }, (_, index) => `users/1/${index}`), 'users/10/a'])
    const seen: PrefixProgress[] = []
    const deleted = await store.deletePrefix('users/1/', { concurrency: 2, onProgress: (at) => seen.push(at) })
    expect(deleted).toBe(2500)
    expect(seen.map(({ objects }) => objects)).toEqual([1000, 2000, 2500])
    expect(await keysOf(store)).toEqual(['users/10/a'])
  })

  it('counts only what is gone', async () => {
    class Keeping extends MemoryDriver {
      override async deleteMany(bucket: string, keys: readonly string[]): Promise<never> {
        await super.deleteMany(bucket, keys.slice(1))
        const failures = [{ key: keys[0] as string, error: new DriverError('permission-denied', 'no right') }]
        return failures as never
      }
    }
    const store = new Avatars(new Keeping())
    await putAll(store, ['a/1', 'a/2', 'a/3'])
    const seen: PrefixProgress[] = []
    const deleting = store.deletePrefix('a/', { onProgress: (progress) => seen.push(progress) })
    await expect(deleting).rejects.toMatchObject({ code: 'permission-denied', key: 'a/1' })
    expect(seen).toMatchObject([{ objects: 2 }])
  })
})
