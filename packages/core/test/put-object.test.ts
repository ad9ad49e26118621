import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DriverBody, DriverPutOptions, ObjectLocation } from '../src/driver.js'
import { MemoryDriver } from '../src/drivers/memory/index.js'
import { Avatars, requestsDuring } from './avatars.js'

const PART = 5 * 1024 ** 2

/** Takes each part only when it is told to. */
class SlowDriver extends MemoryDriver {
  readonly gate = new EventEmitter()

  override async uploadPart(...args: Parameters<MemoryDriver['uploadPart']>): ReturnType<MemoryDriver['uploadPart']> {
    await once(this.gate, 'open')
    return super.uploadPart(...args)
  }
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

  it('is read no faster than it is stored', async () => {
    const driver = new SlowDriver()
    const store = new Avatars(driver)
    let pulled = 0
    const source = Readable.from(
      (async function* () {
        for (const chunk of chunksOf(40, 1024 ** 2)) {
          pulled += chunk.length
          yield chunk
        }
      })(),
    )
    const put = store.put('a', source, { partSizeInBytes: PART })
    let sent = 0
    while (sent < 8) {
      const before = pulled
      for (let round = 0; round < 20; round++) await turn()
      if (driver.gate.listenerCount('open') === 0 || before !== pulled) continue
      // Two parts are read before the first is sent; a few chunks wait in the streams between.
      expect(pulled).toBeLessThanOrEqual((sent + 2) * PART + 20 * 1024 ** 2)
      driver.gate.emit('open')
      sent++
    }
    expect(await put).toMatchObject({ size: 40 * 1024 ** 2 })
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
    expect(events.at(-1)).toMatchObject({ operation: 'abort-multipart', outcome: 'ok' })
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
