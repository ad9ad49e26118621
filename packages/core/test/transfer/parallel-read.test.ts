import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { DriverGetOptions, ObjectLocation, StoredObject } from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { patternOf } from '../../src/testing/contents.js'
import { Avatars, requestsDuring } from '../avatars.js'

const PART = 5 * 1024 ** 2
const SIZE = 4 * PART + 11
const bytes = patternOf(SIZE)
const parallel = { concurrency: 3, partSizeInBytes: PART } as const

/** Opens objects as the test says. */
class Opening extends MemoryDriver {
  opened = 0
  open: (opened: StoredObject, nth: number) => StoredObject | Promise<StoredObject> = (opened) => opened

  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    this.opened += 1
    const nth = this.opened
    return this.open(await super.get(at, options), nth)
  }
}

async function large(): Promise<{ readonly driver: Opening; readonly store: Avatars }> {
  const driver = new Opening()
  const store = new Avatars(driver)
  await store.put('large', bytes)
  return { driver, store }
}

/** A body whose connection breaks after some of its bytes. */
function broken(opened: StoredObject, after: number): StoredObject {
  const body = new Readable({ read() {} })
  void buffer(opened.body).then((whole) => {
    body.push(whole.subarray(0, after))
    setImmediate(() => body.destroy())
  })
  return { ...opened, body }
}

describe('a large object read in parts', () => {
  it('is the same bytes, by several requests of one version', async () => {
    const { store } = await large()
    const events = await requestsDuring(store, async () => {
      const { body, size, range } = await store.get('large', parallel)
      expect([size, range]).toEqual([SIZE, undefined])
      expect((await buffer(body)).equals(bytes)).toBe(true)
    })
    expect(events.map(({ operation, bytes: moved }) => [operation, moved])).toEqual([
      ...Array.from({ length: 4 }, () => ['get', PART]),
      ['get', 11],
    ])
  })

  it.each([
    { offset: 3 },
    { offset: 0, length: SIZE },
    { offset: PART - 1, length: 2 * PART },
    { offset: PART, length: 1 },
    { offset: 2 * PART, length: 10 * PART },
    { suffix: 2 * PART + 5 },
    { suffix: 10 * PART },
    { suffix: 1 },
    { offset: 7, length: 0 },
  ])('or the bytes of the range %o', async (range) => {
    const { store } = await large()
    const whole = await store.get('large', { range })
    const parts = await store.get('large', { range, ...parallel })
    expect(parts.range).toEqual(whole.range)
    expect((await buffer(parts.body)).equals(await buffer(whole.body))).toBe(true)
  })

  it('costs one request where it is small', async () => {
    const { store } = await large()
    await store.put('small', 'abc')
    await store.put('empty', '')
    const events = await requestsDuring(store, async () => {
      const { body, range } = await store.get('small', parallel)
      expect([await buffer(body), range]).toEqual([Buffer.from('abc'), undefined])
      expect(await buffer((await store.get('empty', parallel)).body)).toEqual(Buffer.alloc(0))
    })
    expect(events).toHaveLength(2)
  })

  it('is never made of two versions', async () => {
    const { store } = await large()
    const { body } = await store.get('large', { ...parallel, concurrency: 2 })
    await store.put('large', patternOf(SIZE, 2))
    await expect(buffer(body)).rejects.toMatchObject({ code: 'precondition-failed', key: 'large' })
  })

  it('is never made of two versions, though the service ignores what it is asked for', async () => {
    const { driver, store } = await large()
    driver.open = (opened, nth) => (nth === 3 ? { ...opened, etag: '"another"' } : opened)
    const { body } = await store.get('large', parallel)
    await expect(buffer(body)).rejects.toMatchObject({ code: 'precondition-failed' })
  })

  it('survives connections that break, in the first part and in later ones', async () => {
    const { driver, store } = await large()
    driver.open = (opened, nth) => (nth === 1 || nth === 3 ? broken(opened, 1000) : opened)
    expect((await buffer((await store.get('large', parallel)).body)).equals(bytes)).toBe(true)
  })

  it('fails where connections go on breaking', async () => {
    const { driver, store } = await large()
    driver.open = (opened, nth) => (nth > 1 ? broken(opened, 1000) : opened)
    await expect(buffer((await store.get('large', parallel)).body)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is fetched no faster than it is read', async () => {
    const { driver, store } = await large()
    const { body } = await store.get('large', parallel)
    for (let round = 0; round < 50; round++) await turn()
    expect(driver.opened).toBe(3)
    await buffer(body)
    expect(driver.opened).toBe(5)
  })

  it('lets go of everything when it is destroyed', async () => {
    const { driver, store } = await large()
    const bodies: Readable[] = []
    driver.open = (opened) => {
      const body = new Readable({ read() {} })
      opened.body.destroy()
      bodies.push(body)
      return { ...opened, body }
    }
    const { body } = await store.get('large', parallel)
    for (let round = 0; round < 20; round++) await turn()
    expect(bodies).toHaveLength(3)
    body.destroy()
    for (let round = 0; round < 20; round++) await turn()
    expect(bodies.map((opened) => opened.destroyed)).toEqual([true, true, true])
  })

  it('ends with the reason of its signal', async () => {
    const { store } = await large()
    const controller = new AbortController()
    const { body } = await store.get('large', { ...parallel, signal: controller.signal })
    const reason = new Error('the person left')
    controller.abort(reason)
    await expect(buffer(body)).rejects.toBe(reason)
  })

  it.each([0, 65, 1.5])('has 1 to 64 requests at a time, not %s', async (concurrency) => {
    const { store } = await large()
    await expect(store.get('large', { concurrency })).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
