import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { DriverError } from '../../src/errors.js'
import { Avatars, requestsDuring } from '../avatars.js'

/** Gives whatever body a test wants. */
class Bodies extends MemoryDriver {
  constructor(readonly next: () => Readable) {
    super()
  }

  override async get(...args: Parameters<MemoryDriver['get']>): ReturnType<MemoryDriver['get']> {
    return { ...(await super.get(...args)), body: this.next() }
  }
}

async function opened(body: Readable, signal?: AbortSignal) {
  const store = new Avatars(new Bodies(() => body))
  await store.put('a', 'content')
  return store.get('a', { signal })
}

describe('an opened body', () => {
  it('fails as a call does, once, with its cause', async () => {
    const cause = new Error('read ECONNRESET')
    const source = new PassThrough()
    const { body } = await opened(source)
    source.write('con')
    source.destroy(cause)
    await expect(buffer(body)).rejects.toMatchObject({
      ...{ name: 'StoreError', code: 'unknown', operation: 'get', key: 'a', bucket: 'avatars-smashing', cause },
      message: 'get "a" in bucket "avatars-smashing": read ECONNRESET',
    })
  })

  it('fails where it ends early without an error, instead of waiting for ever', async () => {
    const source = new PassThrough()
    const { body } = await opened(source)
    source.write('con')
    source.destroy()
    await expect(buffer(body)).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' })
  })

  it('releases what is below when it is destroyed, read or not', async () => {
    for (const touch of [() => {}, (body: Readable) => body.resume()]) {
      const source = new PassThrough()
      const { body } = await opened(source)
      touch(body)
      body.destroy()
      await turn()
      expect(source.destroyed).toBe(true)
    }
  })

  it('ends with the reason of its signal while nothing comes', async () => {
    const controller = new AbortController()
    const source = new PassThrough()
    const { body } = await opened(source, controller.signal)
    const reading = buffer(body)
    const reason = new Error('the person left')
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
    expect(source.destroyed).toBe(true)
  })

  it('ends under its signal also where nobody reads it, without ending the process', async () => {
    const controller = new AbortController()
    const { body } = await opened(new PassThrough(), controller.signal)
    controller.abort()
    await turn()
    expect(body.destroyed).toBe(true)
  })

  it('leaves no listener at the signal when it is done', async () => {
    const listeners = new Set<unknown>()
    const { signal } = new AbortController()
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners.add(args[1])
      addEventListener.apply(signal, args)
    }
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners.delete(args[1])
      removeEventListener.apply(signal, args)
    }
    const { body } = await opened(Readable.from([Buffer.from('content')]), signal)
    expect(listeners.size).toBe(1)
    await buffer(body)
    await turn()
    expect(listeners.size).toBe(0)
  })
})

describe('events', () => {
  it('tell every call to the driver, with what it moved and how it ended', async () => {
    const store = new Avatars()
    const events = await requestsDuring(store, async () => {
      await store.put('a', 'content')
      ;(await store.get('a')).body.destroy()
      ;(await store.get('a', { range: { offset: 1, length: 2 } })).body.destroy()
      await store.head('a')
      await store.copy('a', 'b/c')
      await store.list('b/').toArray()
      await expect(store.get('missing')).rejects.toThrow()
      await store.deletePrefix('b/')
      await store.delete('a')
    })
    expect(events.map(({ operation, key, bytes, outcome }) => [operation, key, bytes, outcome])).toEqual([
      ['put', 'a', 7, 'ok'],
      ['get', 'a', 7, 'ok'],
      ['get', 'a', 2, 'ok'],
      ['head', 'a', undefined, 'ok'],
      ['copy', 'a', undefined, 'ok'],
      ['list', 'b/', undefined, 'ok'],
      ['get', 'missing', undefined, 'not-found'],
      ['list', 'b/', undefined, 'ok'],
      ['delete-many', 'b/', undefined, 'ok'],
      ['delete', 'a', undefined, 'ok'],
    ])
    expect(events.every(({ driver, milliseconds }) => driver === 'memory' && milliseconds >= 0)).toBe(true)
  })

  it('tell the steps of an upload in parts', async () => {
    const store = new Avatars()
    const events = await requestsDuring(store, async () => {
      const upload = await store.multipart('a')
      const part = await upload.uploadPart(1, Buffer.from('part'))
      await upload.parts()
      await expect(upload.complete([{ ...part, etag: '"other"' }])).rejects.toMatchObject({ code: 'invalid-argument' })
      await upload.complete([part])
      await (await store.multipart('b')).abort()
      await store.unfinishedUploads()
    })
    expect(events.map(({ operation, bytes, outcome }) => [operation, bytes, outcome])).toEqual([
      ['create-multipart', undefined, 'ok'],
      ['upload-part', 4, 'ok'],
      ['list-parts', undefined, 'ok'],
      ['complete-multipart', 4, 'invalid-argument'],
      ['complete-multipart', 4, 'ok'],
      ['create-multipart', undefined, 'ok'],
      ['abort-multipart', undefined, 'ok'],
      ['list-multipart', undefined, 'ok'],
    ])
  })

  it('tell an abort as one', async () => {
    const controller = new AbortController()
    class Aborting extends MemoryDriver {
      override async head(): Promise<never> {
        controller.abort()
        throw new Error('socket closed')
      }
    }
    const store = new Avatars(new Aborting())
    const events = await requestsDuring(store, async () => {
      await expect(store.head('a', { signal: controller.signal })).rejects.toBe(controller.signal.reason)
    })
    expect(events).toMatchObject([{ operation: 'head', outcome: 'aborted' }])
  })

  it('are not told where the call never reached the driver', async () => {
    const store = new Avatars()
    const events = await requestsDuring(store, async () => {
      await expect(store.get('../a')).rejects.toThrow()
      await expect(store.get('a', { signal: AbortSignal.abort() })).rejects.toThrow()
    })
    expect(events).toEqual([])
  })
})

describe('errors', () => {
  it('keep the driver’s cause and get operation, bucket and key once', async () => {
    const cause = new DriverError('unavailable', 'the disk is full: free some space')
    class Full extends MemoryDriver {
      override async put(): Promise<never> {
        throw cause
      }
    }
    await expect(new Avatars(new Full()).put('/a b', 'x')).rejects.toMatchObject({
      ...{ name: 'StoreError', code: 'unavailable', operation: 'put', bucket: 'avatars-smashing', key: 'a b', cause },
      message: 'put "a b" in bucket "avatars-smashing": the disk is full: free some space',
    })
  })

  it('of one key in a bulk delete are told after the rest is gone', async () => {
    class Keeping extends MemoryDriver {
      override async deleteMany(bucket: string, keys: readonly string[]): ReturnType<MemoryDriver['deleteMany']> {
        await super.deleteMany(
          bucket,
          keys.filter((key) => key !== 'a/2'),
        )
        const failures = [
          { key: 'a/2', error: new DriverError('permission-denied', 'the policy refuses s3:DeleteObject') },
        ]
        return failures as unknown as readonly []
      }
    }
    const store = new Avatars(new Keeping())
    for (const key of ['a/1', 'a/2', 'a/3']) await store.put(key, 'x')
    await expect(store.deletePrefix('a/')).rejects.toMatchObject({ code: 'permission-denied', key: 'a/2' })
    expect((await store.list().toArray()).map(({ key }) => key)).toEqual(['a/2'])
  })
})
