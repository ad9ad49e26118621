import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cancellable, DriverBody, DriverPutOptions, ObjectLocation } from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { putPlan } from '../../src/store/put-object.js'
import { patternOf } from '../../src/testing/contents.js'
import { Avatars, requestsDuring } from '../avatars.js'

const PART = 5 * 1024 ** 2

/** Takes each part only when it is told to, or when it is cancelled. */
class SlowDriver extends MemoryDriver {
  readonly waiting: (() => void)[] = []
  /** Fails the part that came last. */
  fail: (error: Error) => void = () => {}

  override async uploadPart(
    at: ObjectLocation,
    uploadId: string,
    partNumber: number,
    body: DriverBody,
    { signal }: Cancellable = {},
  ): ReturnType<MemoryDriver['uploadPart']> {
    await new Promise<void>((resolve, reject) => {
      this.waiting.push(resolve)
      this.fail = reject
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
    return super.uploadPart(at, uploadId, partNumber, body)
  }
}

/** Until nothing moves any more. */
async function quiet(): Promise<void> {
  for (let round = 0; round < 100; round++) await turn()
}

/** Fails without reading the body, as a service does that refuses at once. */
class RefusingDriver extends MemoryDriver {
  override async put(_at: ObjectLocation, _body: DriverBody, _options: DriverPutOptions): Promise<never> {
    throw new Error('HTTP 503')
  }
}

const unhandled: unknown[] = []
const remember = (error: unknown): number => unhandled.push(error)

beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', remember)
  process.on('uncaughtException', remember)
})

afterEach(async () => {
  for (let round = 0; round < 5; round++) await turn()
  process.off('unhandledRejection', remember)
  process.off('uncaughtException', remember)
  expect(unhandled).toEqual([])
})

function chunksOf(count: number, size: number): Generator<Buffer> {
  return (function* () {
    for (let index = 0; index < count; index++) yield Buffer.alloc(size, index)
  })()
}

describe('a body of unknown length', () => {
  it('goes in one request where it fits into one part', async () => {
    const store = new Avatars()
    const events = await requestsDuring(store, () => store.put('a', Readable.from([Buffer.from('small')])))
    expect(events.map(({ operation, bytes }) => [operation, bytes])).toEqual([['put', 5]])
  })

  it('goes in parts otherwise, each a request', async () => {
    const store = new Avatars()
    const body = Readable.from(chunksOf(11, 1024 ** 2))
    const events = await requestsDuring(store, () => store.put('a', body, { partSizeInBytes: PART }))
    expect(events.map(({ operation, bytes, outcome }) => [operation, bytes, outcome])).toEqual([
      ['create-multipart', undefined, 'ok'],
      ['upload-part', PART, 'ok'],
      ['upload-part', PART, 'ok'],
      ['upload-part', 1024 ** 2, 'ok'],
      ['complete-multipart', 11 * 1024 ** 2, 'ok'],
    ])
  })

  it.each([
    [undefined, 2],
    [1, 1],
    [5, 5],
  ])(
    'is sent, with a concurrency of %s, %i parts at a time, and read no faster than that',
    async (concurrency, places) => {
      const driver = new SlowDriver()
      const store = new Avatars(driver)
      let pulled = 0
      const source = Readable.from(
        (async function* () {
          for (const chunk of chunksOf(60, 1024 ** 2)) {
            pulled += chunk.length
            yield chunk
          }
        })(),
        { highWaterMark: 1 },
      )
      const put = store.put('a', source, { partSizeInBytes: PART, concurrency })
      for (let sent = 0; sent < 12; sent++) {
        await quiet()
        expect(driver.waiting.length).toBe(Math.min(places, 12 - sent))
        // Two parts are read before the first is sent; a few chunks wait in the streams between.
        expect(pulled).toBeLessThanOrEqual((sent + Math.max(2, places)) * PART + 5 * 1024 ** 2)
        driver.waiting.shift()?.()
      }
      expect(await put).toMatchObject({ size: 60 * 1024 ** 2 })
    },
  )

  it('arrives as it was, whatever the size and order of its parts', async () => {
    const store = new Avatars()
    const whole = patternOf(23 * 1024 ** 2 + 1)
    for (const [partSizeInBytes, concurrency] of [
      [PART, 1],
      [PART + 1, 4],
      [6 * 1024 ** 2, 64],
      [24 * 1024 ** 2, 2],
    ]) {
      const pieces = (function* () {
        for (let from = 0; from < whole.length; from += 70_001) yield whole.subarray(from, from + 70_001)
      })()
      await store.put('a', Readable.from(pieces), { partSizeInBytes, concurrency })
      expect((await buffer((await store.get('a')).body)).equals(whole)).toBe(true)
    }
  })

  it('leaves no part behind where one of several on their way fails', async () => {
    const driver = new SlowDriver()
    const store = new Avatars(driver)
    const put = store.put('a', Readable.from(chunksOf(40, 1024 ** 2)), { partSizeInBytes: PART, concurrency: 3 })
    await quiet()
    expect(driver.waiting).toHaveLength(3)
    driver.fail(new Error('HTTP 503'))
    await expect(put).rejects.toMatchObject({ operation: 'upload-part', message: expect.stringContaining('HTTP 503') })
    expect(await store.unfinishedUploads()).toEqual([])
  })

  it('that is known to be long goes in as few parts as there may be', () => {
    const plan = putPlan({ contentLength: 5 * 1024 ** 4 }, undefined)
    expect(Math.ceil((5 * 1024 ** 4) / plan.partSize)).toBeLessThanOrEqual(10_000)
    expect(putPlan({ contentLength: 6 * 1024 ** 3, partSizeInBytes: 10 * 1024 ** 2 }, undefined).partSize).toBe(
      10 * 1024 ** 2,
    )
  })

  it('leaves no upload behind where its source fails', async () => {
    const store = new Avatars()
    const cause = new Error('the sender left')
    const source = Readable.from(
      (function* () {
        yield* chunksOf(12, 1024 ** 2)
        throw cause
      })(),
    )
    const events = await requestsDuring(store, async () => {
      await expect(store.put('a', source, { partSizeInBytes: PART })).rejects.toBe(cause)
    })
    expect(events.filter(({ operation }) => operation === 'abort-multipart')).toHaveLength(1)
    expect(await store.unfinishedUploads()).toEqual([])
  })
})

describe('a source that fails', () => {
  it('is its owner’s to explain, whatever the driver makes of it', async () => {
    class Translating extends MemoryDriver {
      override async put(...args: Parameters<MemoryDriver['put']>): ReturnType<MemoryDriver['put']> {
        return super.put(...args).catch(() => {
          throw new Error('socket hang up')
        })
      }
    }
    const cause = new TypeError('bad source')
    const source = new Readable({ read() {} })
    const put = new Avatars(new Translating()).put('a', source, { contentLength: 10 })
    source.push(Buffer.from('12345'))
    source.destroy(cause)
    await expect(put).rejects.toBe(cause)
  })

  it('is passed on with its own StoreError where it is the body of another object', async () => {
    class Breaking extends MemoryDriver {
      override async get(...args: Parameters<MemoryDriver['get']>): ReturnType<MemoryDriver['get']> {
        const opened = await super.get(...args)
        return { ...opened, body: opened.body.map(() => Promise.reject(new Error('read ECONNRESET'))) }
      }
    }
    const store = new Avatars(new Breaking())
    await store.put('from', 'content')
    const { body, size } = await store.get('from')
    await expect(store.put('to', body, { contentLength: size })).rejects.toMatchObject({
      ...{ name: 'StoreError', operation: 'get', key: 'from' },
      message: 'get "from" in bucket "avatars-smashing": read ECONNRESET',
    })
  })

  it('leaves no error event behind when it fails after the put did', async () => {
    const source = new Readable({ read() {} })
    await expect(new Avatars(new RefusingDriver()).put('a', source, { contentLength: 5 })).rejects.toMatchObject({
      code: 'unknown',
      message: 'put "a" in bucket "avatars-smashing": HTTP 503',
    })
    expect(source.destroyed).toBe(true)
    source.destroy(new Error('too late'))
  })

  it('that ends early without an error is a failure', async () => {
    const source = new Readable({ read() {} })
    const put = new Avatars().put('a', source)
    source.push(Buffer.from('12345'))
    source.destroy()
    await expect(put).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
  })

  it('as a generator or a web stream is passed on too', async () => {
    const cause = new Error('failed')
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first')
      throw cause
    }
    await expect(new Avatars().put('a', failing())).rejects.toBe(cause)
    const web = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(cause)
      },
    })
    await expect(new Avatars().put('a', web as Parameters<Avatars['put']>[1])).rejects.toBe(cause)
  })
})

describe('a signal', () => {
  it('ends a put whose source gives nothing any more', async () => {
    type Body = Parameters<Avatars['put']>[1]
    const stalled: (() => Body)[] = [
      () => new Readable({ read() {} }),
      () => new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) }) as Body,
      async function* (): AsyncGenerator<Uint8Array> {
        await new Promise(() => {})
        yield Buffer.from('never')
      },
    ]
    for (const body of stalled) {
      for (const options of [{ contentLength: 3 }, {}]) {
        const controller = new AbortController()
        const put = new Avatars().put('a', body(), { ...options, signal: controller.signal })
        await turn()
        controller.abort()
        await expect(put).rejects.toBe(controller.signal.reason)
      }
    }
  })
})
