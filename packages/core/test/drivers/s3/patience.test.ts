import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import path from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { S3Driver, type S3DriverOptions } from '../../../src/drivers/s3/index.js'
import { BucketStore } from '../../../src/store/bucket-store.js'
import {
  type Answer,
  answer,
  CREDENTIALS,
  failure,
  hangUp,
  type ScriptedService,
  startScriptedService,
} from './scripted-service.js'

class Pictures extends BucketStore {
  readonly bucket = 'pictures'
}

const ok = answer(200, { etag: '"a"', 'content-length': '0' })

async function serviceOf(...answers: readonly [Answer, ...Answer[]]): Promise<ScriptedService> {
  const service = await startScriptedService(...answers)
  onTestFinished(() => service.stop())
  return service
}

async function pictures(options: S3DriverOptions, ...answers: readonly [Answer, ...Answer[]]) {
  const service = await serviceOf(...answers)
  return { service, store: new Pictures(service.driver(options)) }
}

/** An endpoint that takes connections, and reads nothing from them. */
async function deaf(): Promise<string> {
  const sockets: Socket[] = []
  const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket.on('error', () => {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An endpoint whose queue for connections is full. */
async function unreachable(): Promise<string> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'unreachable.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(line.toString())
  const queued: Socket[] = []
  onTestFinished(() => {
    for (const socket of queued) socket.destroy()
  })
  for (let full = false; !full; ) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    queued.push(socket)
    await Promise.race([once(socket, 'connect'), sleep(300)])
    // Where this process was held up, the time is over though the connection was made: that is seen a turn later.
    await turn()
    full = socket.connecting
  }
  return `http://127.0.0.1:${port}`
}

describe('a service that is busy', () => {
  it.each(['SlowDown', 'ServiceUnavailable', 'InternalError'])('is asked again after a while: %s', async (code) => {
    const { store, service } = await pictures({}, failure(503, code), failure(500, 'InternalError'), ok)
    expect(await store.put('a', 'abc')).toMatchObject({ etag: '"a"' })
    expect(service.requests.map(({ body }) => body)).toEqual(['abc', 'abc', 'abc'])
  })

  it('is left in peace after maxAttempts', async () => {
    const { store, service } = await pictures({ maxAttempts: 2 }, failure(503, 'SlowDown'))
    await expect(store.head('a')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.put('a', 'abc')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('slow down: try again later'),
    })
    expect(service.requests).toHaveLength(4)
  })

  it('is waited for no longer than the call may last', async () => {
    const { store, service } = await pictures({ maxAttempts: 10 }, failure(503, 'SlowDown'))
    const put = store.put('a', 'abc', { signal: AbortSignal.timeout(300) })
    await expect(put).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(service.requests.length).toBeLessThan(10)
  })
})

describe('a service that is out of reach', () => {
  it('is given up after the connect timeout', async () => {
    const driver = new S3Driver({
      ...{ endpoint: await unreachable(), region: 'us-east-1', credentials: CREDENTIALS },
      ...{ connectTimeoutInSeconds: 1, stallTimeoutInSeconds: 600, maxAttempts: 1 },
    })
    onTestFinished(() => driver.close())
    await expect(new Pictures(driver).head('a')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('connectTimeoutInSeconds'),
    })
  })

  it('did not get a conditional write, which is not in doubt then', async () => {
    const driver = new S3Driver({
      ...{ endpoint: await unreachable(), region: 'us-east-1', credentials: CREDENTIALS },
      ...{ connectTimeoutInSeconds: 1, maxAttempts: 3 },
    })
    onTestFinished(() => driver.close())
    const put = new Pictures(driver).put('a', 'abc', { mode: 'create' })
    await expect(put).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('a service that stalls', () => {
  it('while it should read is given up after the stall timeout', async () => {
    const driver = new S3Driver({
      ...{ endpoint: await deaf(), region: 'us-east-1', credentials: CREDENTIALS },
      ...{ stallTimeoutInSeconds: 1, maxAttempts: 1 },
    })
    onTestFinished(() => driver.close())
    await expect(new Pictures(driver).put('a', Buffer.alloc(30_000_000))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('stallTimeoutInSeconds'),
    })
  })

  it('leaves a conditional write in doubt', async () => {
    const { store } = await pictures({ stallTimeoutInSeconds: 1 }, () => {})
    await expect(store.put('a', 'abc', { mode: 'create' })).rejects.toMatchObject({ code: 'outcome-unknown' })
  })
})

/** One that passes when the test says so: with a time of its own, it could pass before the request is there. */
function deadline(): { readonly signal: AbortSignal; readonly pass: () => void; readonly reason: unknown } {
  const controller = new AbortController()
  const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
  return { signal: controller.signal, pass: () => controller.abort(reason), reason }
}

describe('a deadline', () => {
  /** Always a byte, never an end: no stall timeout ends this. */
  const trickle: Answer = (response) => {
    response.writeHead(200, { etag: '"a"', 'content-length': '1000000' })
    const timer = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(timer))
  }

  it('ends a body that comes too slowly', async () => {
    const { store, service } = await pictures({}, trickle)
    const { signal, pass, reason } = deadline()
    const { body } = await store.get('a', { signal })
    body.once('data', pass)
    await expect(text(body)).rejects.toBe(reason)
    await service.releases(0)
  })

  it.each<[string, (store: Pictures, signal: AbortSignal) => Promise<unknown>]>([
    ['get', (store, signal) => store.get('a', { signal })],
    ['head', (store, signal) => store.head('a', { signal })],
    ['put', (store, signal) => store.put('a', 'abc', { signal })],
    ['put on condition', (store, signal) => store.put('a', 'abc', { signal, mode: 'create' })],
    ['list', (store, signal) => store.list('', { signal }).toArray()],
    ['copy', (store, signal) => store.copy('a', 'b', { signal })],
    ['delete', (store, signal) => store.delete('a', { signal })],
    ['multipart', (store, signal) => store.multipart('a', { signal })],
  ])('ends every call that gets no answer: %s', async (_verb, call) => {
    const { signal, pass, reason } = deadline()
    const { store } = await pictures({}, pass)
    await expect(call(store, signal)).rejects.toBe(reason)
  })

  it('is an abort with a reason of its own, and leaves the driver usable', async () => {
    const { signal, pass, reason } = deadline()
    const { store } = await pictures({}, pass, ok)
    await expect(store.head('a', { signal })).rejects.toBe(reason)
    expect(await store.head('a')).toMatchObject({ etag: '"a"' })
  })
})

describe('a lost answer', () => {
  it('is no trouble where the call may be repeated', async () => {
    const { store } = await pictures({}, hangUp, answer(200, { etag: '"a"', 'content-length': '3' }))
    expect(await store.head('a')).toMatchObject({ size: 3 })
  })

  it('in the middle of a body is said to be one', async () => {
    const { store } = await pictures({}, (response) => {
      response.writeHead(200, { etag: '"a"', 'content-length': '1000' })
      response.write('abc', () => setImmediate(() => response.destroy()))
    })
    const { body } = await store.get('a')
    await expect(buffer(body)).rejects.toMatchObject({ code: 'unavailable', key: 'a' })
  })
})
