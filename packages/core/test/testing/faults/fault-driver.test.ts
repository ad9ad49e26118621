import { buffer, text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { MemoryDriver } from '../../../src/drivers/memory/index.js'
import { BucketStore } from '../../../src/store/bucket-store.js'
import { increment } from '../../../src/testing/counter.js'
import { type Fault, type FaultPlan, faultDriver } from '../../../src/testing/index.js'

class Pictures extends BucketStore {
  readonly bucket = 'pictures'
}

function open(plan: FaultPlan) {
  const memory = new MemoryDriver()
  const driver = faultDriver(memory, plan)
  return { driver, store: new Pictures(driver), sound: new Pictures(memory) }
}

function always(fault: Fault): FaultPlan {
  return { rules: [{ fault }] }
}

describe('a faulty driver', () => {
  it('refuses the call that the rule names, and tells which that was', async () => {
    const fault = { kind: 'refuse', code: 'permission-denied' } as const
    const rule = { operations: ['put', 'head'], keyPrefix: 'a/', nth: 2, fault } as const
    const { store, sound, driver } = open({ rules: [rule] })
    await store.put('b/0', 'x')
    await store.put('a/1', 'x')
    const denied = { code: 'permission-denied', key: 'a/2' }
    await expect(store.put('a/2', 'x')).rejects.toMatchObject(denied)
    await store.put('a/3', 'x')
    expect((await sound.list().toArray()).map(({ key }) => key)).toEqual(['a/1', 'a/3', 'b/0'])
    expect(driver.faults).toEqual([{ operation: 'put', key: 'a/2', fault }])
  })

  it('refuses as a service that is away, where nothing else is said', async () => {
    const { store } = open(always({ kind: 'refuse' }))
    const away = { code: 'unavailable' }
    const calls = [store.get('a'), store.copy('a', 'b'), store.list().toArray(), store.delete('a')]
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(away)))
  })

  it('does what it was asked, and loses the reply', async () => {
    const { store, sound } = open(always({ kind: 'lose-reply' }))
    await expect(store.put('new', 'x', { mode: 'create' })).rejects.toMatchObject({ code: 'outcome-unknown' })
    await expect(store.put('any', 'x')).rejects.toMatchObject({ code: 'unavailable' })
    expect((await sound.list().toArray()).map(({ key }) => key)).toEqual(['any', 'new'])
    await expect(store.get('any')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.delete('any')).rejects.toMatchObject({ code: 'unavailable' })
    expect((await sound.list().toArray()).map(({ key }) => key)).toEqual(['new'])
    // A refusal is lost as well.
    await expect(store.put('new', 'y', { mode: 'create' })).rejects.toMatchObject({ code: 'outcome-unknown' })
    await expect(store.head('none')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await text((await sound.get('new')).body)).toBe('x')
  })

  it('begins later, and not at all once the call is over', async () => {
    const { store, sound } = open({ rules: [{ nth: 1, fault: { kind: 'delay', milliseconds: 20 } }] })
    await store.put('a', 'x')
    expect(await text((await sound.get('a')).body)).toBe('x')
    const late = open(always({ kind: 'delay', milliseconds: 60_000 }))
    const reason = new Error('enough')
    const abort = new AbortController()
    const put = late.store.put('a', 'x', { signal: abort.signal })
    abort.abort(reason)
    await expect(put).rejects.toBe(reason)
    expect(await late.sound.list().toArray()).toEqual([])
  })

  it.each([0, 3, 10, 99])('breaks a read off after %i bytes, at its end at the latest', async (afterBytes) => {
    const { store, sound, driver } = open(always({ kind: 'truncate', afterBytes }))
    await sound.put('a', '0123456789')
    const { body } = await driver.get({ bucket: 'pictures', key: 'a' }, {})
    const read: Buffer[] = []
    const reading = (async () => {
      for await (const chunk of body) read.push(chunk)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'unavailable' })
    expect(Buffer.concat(read).toString()).toBe('0123456789'.slice(0, afterBytes))
    const opened = await store.get('a')
    expect(opened.size).toBe(10)
    await expect(buffer(opened.body)).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' })
  })

  it('breaks a write off, and stores nothing', async () => {
    const plan = { rules: [{ operations: ['put'], fault: { kind: 'truncate', afterBytes: 3 } }] } as const
    const { store, sound } = open(plan)
    await expect(store.put('bytes', '0123456789')).rejects.toMatchObject({ code: 'unavailable' })
    const stream = new Blob(['0123456789']).stream()
    const streamed = store.put('stream', stream, { contentLength: 10, mode: 'create' })
    await expect(streamed).rejects.toMatchObject({ code: 'outcome-unknown' })
    expect(await sound.list().toArray()).toEqual([])
  })

  it('hands bodies on in drops, whole', async () => {
    const { store, sound, driver } = open(always({ kind: 'drip', chunkBytes: 3, everyMilliseconds: 0 }))
    await store.put('bytes', '0123456789')
    await store.put('stream', new Blob(['0123456789']).stream(), { contentLength: 10 })
    expect(await text((await sound.get('stream')).body)).toBe('0123456789')
    const { body } = await driver.get({ bucket: 'pictures', key: 'bytes' }, {})
    const sizes: number[] = []
    for await (const chunk of body) sizes.push(chunk.length)
    expect(sizes).toEqual([3, 3, 3, 1])
    expect(driver.faults.map(({ operation }) => operation)).toEqual(['put', 'put', 'get'])
  })

  it('hangs until the call is aborted, or the driver closed', async () => {
    const { store } = open(always({ kind: 'hang' }))
    const reason = new Error('enough')
    const abort = new AbortController()
    const get = store.get('a', { signal: abort.signal })
    abort.abort(reason)
    await expect(get).rejects.toBe(reason)
    const head = expect(store.head('a')).rejects.toMatchObject({ code: 'unavailable' })
    await store.close()
    await head
  })

  it('takes the first rule that is for a call, and counts for all of them', async () => {
    const refuse = { kind: 'refuse' } as const
    const { store, driver } = open({
      rules: [
        { operations: ['list'], keyPrefix: 'a/', fault: { ...refuse, code: 'permission-denied' } },
        { operations: ['list', 'copy', 'deleteMany'], nth: 2, fault: { ...refuse, code: 'unknown' } },
      ],
    })
    await expect(store.list('a/').toArray()).rejects.toMatchObject({ code: 'permission-denied' })
    await expect(store.list('b/').toArray()).rejects.toMatchObject({ code: 'unknown' })
    expect(await store.list('b/').toArray()).toEqual([])
    expect(driver.faults.map(({ key }) => key)).toEqual(['a/', 'b/'])
  })

  it.each<[FaultPlan, string]>([
    [{ rules: [{ fault: { kind: 'delay', milliseconds: -1 } }] }, 'rules[0].fault.milliseconds'],
    [{ rules: [{ fault: { kind: 'explode' } as unknown as Fault }] }, 'rules[0].fault.kind'],
    [{ rules: [{ nth: 0, fault: { kind: 'hang' } }] }, 'rules[0].nth'],
    [{ rules: [{ operations: ['post' as 'put'], fault: { kind: 'hang' } }] }, 'each of rules[0].operations'],
    [{ random: { seed: 1, rate: 2, faults: [{ kind: 'hang' }] } }, 'random.rate'],
    [{ random: { seed: 1, rate: 1, faults: [] } }, 'random.faults'],
    [{ random: { seed: 0.5, rate: 1, faults: [{ kind: 'hang' }] } }, 'random.seed'],
  ])('refuses the plan %j', (plan, named) => {
    expect(() => faultDriver(new MemoryDriver(), plan)).toThrow(named)
  })
})

describe('faults by lot', () => {
  const faults = [
    { kind: 'refuse' },
    { kind: 'lose-reply' },
    { kind: 'drip', chunkBytes: 1, everyMilliseconds: 0 },
  ] as const
  const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`)

  /** What befell each key, written in this order and read once. */
  async function befallen(seed: number, order: readonly string[]): Promise<unknown> {
    const { store, driver } = open({ random: { seed, rate: 0.3, faults } })
    await Promise.all(order.map((key) => store.put(key, 'x').catch(() => {})))
    for (const key of order)
      await store.get(key).then(
        ({ body }) => buffer(body),
        () => {},
      )
    return driver.faults.map(({ operation, key, fault }) => `${key} ${operation} ${fault.kind}`).toSorted()
  }

  it('are the same for the same seed, whatever comes first', async () => {
    const once = await befallen(7, keys)
    expect(await befallen(7, keys.toReversed())).toEqual(once)
    expect(await befallen(8, keys)).not.toEqual(once)
    const share = (once as unknown[]).length / (2 * keys.length)
    expect(share).toBeGreaterThan(0.1)
    expect(share).toBeLessThan(0.5)
  })

  it('are stood by a counter that looks for its own writes', async () => {
    const random = { seed: 3, rate: 0.4, operations: ['put'], faults: [{ kind: 'lose-reply' }] } as const
    const { store, sound, driver } = open({ random })
    await sound.put('counter', JSON.stringify({ total: 0, operations: [] }))
    for (let operation = 0; operation < 20; operation++) await increment(store, 'counter', `operation-${operation}`)
    expect(JSON.parse(await text((await sound.get('counter')).body))).toMatchObject({ total: 20 })
    expect(driver.faults.length).toBeGreaterThan(2)
  })
})
