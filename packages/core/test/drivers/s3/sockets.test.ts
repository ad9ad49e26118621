import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { S3DriverOptions } from '../../../src/drivers/s3/index.js'
import { BucketStore } from '../../../src/store/bucket-store.js'
import { type Answer, answer, failure, type ScriptedService, startScriptedService } from './scripted-service.js'

const MEGABYTE = 1024 ** 2
const ROUNDS = 6

class Films extends BucketStore {
  readonly bucket = 'films'
}

/** A large object, of which ranges can be had; `If-Match` of another version is refused. */
const film: Answer = (response, { method, headers }) => {
  if (headers['if-match'] === '"old"') {
    failure(412, 'PreconditionFailed')(response, {} as never)
    return
  }
  response.writeHead(200, { etag: '"film"', 'content-length': String(20 * MEGABYTE) })
  response.end(method === 'HEAD' ? undefined : Buffer.alloc(20 * MEGABYTE))
}

async function films(
  said: Answer,
  options: S3DriverOptions = {},
): Promise<{ readonly store: Films; readonly service: ScriptedService }> {
  const service = await startScriptedService(said)
  onTestFinished(() => service.stop())
  return { store: new Films(service.driver({ maxSockets: 2, maxAttempts: 1, ...options })), service }
}

describe('connections', () => {
  const uses: readonly (readonly [string, (store: Films) => Promise<unknown>])[] = [
    ['a body that is destroyed unread', async (store) => (await store.get('a')).body.destroy()],
    [
      'a body that is destroyed after its first bytes',
      async (store) => {
        for await (const _chunk of (await store.get('a')).body) break
      },
    ],
    [
      'a body whose call is aborted',
      async (store) => {
        const controller = new AbortController()
        const { body } = await store.get('a', { signal: controller.signal })
        controller.abort(new Error('enough'))
        await buffer(body).catch(() => {})
      },
    ],
    ['a version that is gone', (store) => store.get('a', { ifMatch: '"old"' }).catch(() => {})],
    ['a range that the service ignores', (store) => store.get('a', { range: { offset: 1 } }).catch(() => {})],
    ['a HEAD', (store) => store.head('a')],
  ]
  it.each(uses)('are released by %s', async (_what, use) => {
    const { store, service } = await films(film)
    for (let round = 0; round < ROUNDS; round++) await Promise.all([use(store), use(store)])
    await service.releases(2)
  })

  it.each([403, 404, 409, 500, 503])('are released by a refusal with HTTP %i', async (status) => {
    const { store, service } = await films(failure(status, 'Whatever', 'x'.repeat(10_000)))
    for (let round = 0; round < ROUNDS; round++) {
      await expect(store.get('a')).rejects.toMatchObject({ name: 'StoreError' })
      await expect(store.put('a', 'abc')).rejects.toMatchObject({ name: 'StoreError' })
      const large = Readable.from([Buffer.alloc(3 * MEGABYTE)])
      await expect(store.put('a', large, { contentLength: 3 * MEGABYTE })).rejects.toMatchObject({ name: 'StoreError' })
    }
    await service.releases(2)
  })

  it('are released by uploads that break off', async () => {
    const { store, service } = await films(answer(200, { etag: '"a"' }))
    for (let round = 0; round < ROUNDS; round++) {
      const source = new Readable({ read() {} })
      const put = store.put('a', source, { contentLength: 3 * MEGABYTE })
      source.push(Buffer.alloc(MEGABYTE))
      setTimeout(() => source.destroy(new Error('the sender left')), 20)
      await expect(put).rejects.toThrow('the sender left')
    }
    await service.releases(2)
  })

  it('are used again, also after large bodies', async () => {
    const { store, service } = await films(answer(200, { etag: '"a"' }))
    for (let round = 0; round < ROUNDS; round++) {
      await store.put('a', Buffer.alloc(3 * MEGABYTE))
      await store.put('a', Readable.from([Buffer.alloc(3 * MEGABYTE)]), { contentLength: 3 * MEGABYTE })
    }
    expect(service.connections).toBe(2)
  })

  it('are there for other requests while strangers send slowly', async () => {
    const { store } = await films(answer(200, { etag: '"a"', 'content-length': '0' }))
    const slow = Array.from({ length: 4 }, () => new Readable({ read() {} }))
    const puts = slow.map((source, index) => store.put(`slow-${index}`, source, { contentLength: 3 * MEGABYTE }))
    for (const source of slow) source.push(Buffer.alloc(1024))
    await sleep(50)
    expect(await store.head('a')).toMatchObject({ etag: '"a"' })
    const ends = Promise.allSettled(puts)
    for (const source of slow) source.destroy(new Error('the sender left'))
    expect(await ends).toMatchObject(slow.map(() => ({ reason: { message: 'the sender left' } })))
  })

  it('are never more than maxSockets', async () => {
    const { store, service } = await films(answer(200, { etag: '"a"', 'content-length': '0' }))
    await Promise.all(Array.from({ length: 20 }, () => store.head('a')))
    expect(service.connections).toBeLessThanOrEqual(2)
  })

  it('are closed with the driver, which can be used again', async () => {
    const { store, service } = await films(answer(200, { etag: '"a"', 'content-length': '0' }))
    await store.head('a')
    await store.close()
    await service.releases(0)
    expect(await store.head('a')).toMatchObject({ etag: '"a"' })
  })
})
