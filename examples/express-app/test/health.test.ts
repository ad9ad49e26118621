import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BucketStore, DriverError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { problems } from '@bucket-brigade/express'
import express, { type RequestHandler } from 'express'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { freePort } from '../../../test/services/free-port.js'
import { atMost } from '../src/at-most.js'
import { createBalancer } from '../src/balancer.js'
import { GracefulStop } from '../src/graceful-stop.js'
import { Health } from '../src/health.js'
import { portrait } from './portrait.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars'
}

const SERVER = fileURLToPath(new URL('../dist/server.js', import.meta.url))
const ending: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ending.push(async () => {
    server.closeAllConnections()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function appOf(...handlers: RequestHandler[]): Promise<string> {
  return listening(
    createServer(
      express()
        .use(...handlers)
        .use(problems()),
    ),
  )
}

async function statusOf(url: string): Promise<number> {
  const reply = await fetch(url)
  await reply.arrayBuffer()
  return reply.status
}

describe('Health', () => {
  test('tells of a bucket that is away and back, once each; the process is alive all the while', async () => {
    const driver = new MemoryDriver({ bucket: 'avatars' })
    const get = vi.spyOn(driver, 'get')
    const changes: unknown[] = []
    const health = new Health(new Avatars(driver), { holdsForInMs: 0, onChange: (cause) => changes.push(cause) })
    const origin = await appOf(health.router)
    expect(await statusOf(`${origin}/readyz`)).toBe(200)
    get.mockRejectedValue(new DriverError('unavailable', 'the service does not answer'))
    await vi.waitFor(async () => expect(await statusOf(`${origin}/readyz`)).toBe(503), 30_000)
    expect(await statusOf(`${origin}/readyz`)).toBe(503)
    const asked = get.mock.calls.length
    expect(await statusOf(`${origin}/healthz`)).toBe(200)
    expect(get.mock.calls.length).toBe(asked)
    get.mockRestore()
    await vi.waitFor(async () => expect(await statusOf(`${origin}/readyz`)).toBe(200), 30_000)
    expect(changes).toEqual([expect.objectContaining({ code: 'unavailable' }), undefined])
  })

  test('asks the bucket once for all who ask at a time', async () => {
    const driver = new MemoryDriver({ bucket: 'avatars' })
    const get = vi.spyOn(driver, 'get')
    const origin = await appOf(new Health(new Avatars(driver), { holdsForInMs: 60_000 }).router)
    expect(await Promise.all(Array.from({ length: 20 }, () => statusOf(`${origin}/readyz`)))).not.toContain(503)
    expect(get).toHaveBeenCalledTimes(1)
  })

  test('fails when it drains, in words for watchers', async () => {
    const health = new Health(new Avatars(new MemoryDriver({ bucket: 'avatars' })))
    const origin = await appOf(health.router)
    health.drain()
    const reply = await fetch(`${origin}/readyz`)
    expect([reply.status, await reply.json()]).toEqual([503, expect.objectContaining({ code: 'draining' })])
    expect(await statusOf(`${origin}/healthz`)).toBe(200)
  })
})

describe('atMost', () => {
  test('refuses at once what is too much, says when to come again, and lets in when there is room', async () => {
    const held: (() => void)[] = []
    const origin = await appOf(atMost(2, 'uploads'), (_req, res) => {
      held.push(() => res.end('done'))
    })
    const first = [fetch(origin), fetch(origin)]
    await vi.waitFor(() => expect(held).toHaveLength(2), 30_000)
    const refused = await fetch(origin, { method: 'POST', body: 'x'.repeat(100_000) })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await refused.json()).toMatchObject({
      code: 'overloaded',
      detail: expect.stringContaining('no more uploads now, as it has 2 in hand'),
    })
    held.shift()?.()
    await (await Promise.race(first)).text()
    const next = fetch(origin)
    await vi.waitFor(() => expect(held).toHaveLength(2), 30_000)
    for (const finish of held) finish()
    expect((await Promise.all([...first, next])).map(({ status }) => status)).toEqual([200, 200, 200])
  })
})

describe('atMost, where a client goes away', () => {
  test('gives the place to the next one', async () => {
    let inside = 0
    const origin = await appOf(atMost(1, 'uploads'), (req, res) => {
      inside += 1
      if (req.path === '/slow') return
      res.end('done')
    })
    const leaving = new AbortController()
    const left = fetch(`${origin}/slow`, { signal: leaving.signal }).catch(() => 'left')
    await vi.waitFor(() => expect(inside).toBe(1), 30_000)
    leaving.abort()
    expect(await left).toBe('left')
    await vi.waitFor(async () => expect(await statusOf(origin)).toBe(200), 30_000)
  })
})

describe('a balancer that asks who is ready', () => {
  test('sends nothing to a server that is not, unless none is', async () => {
    const ready = { a: true, b: true }
    const origins = await Promise.all(
      (['a', 'b'] as const).map((name) =>
        appOf((req, res) => {
          if (req.path === '/readyz') res.status(ready[name] ? 200 : 503).end()
          else res.end(name)
        }),
      ),
    )
    const balancer = await listening(createBalancer(origins, { readyPath: '/readyz', askEachMs: 20 }))
    const servedBy = async () => {
      const names: string[] = []
      for (let times = 0; times < 4; times += 1) names.push(await (await fetch(balancer)).text())
      return [...new Set(names)].sort().join()
    }
    expect(await servedBy()).toBe('a,b')
    ready.a = false
    await vi.waitFor(async () => expect(await servedBy()).toBe('b'), 30_000)
    ready.b = false
    await vi.waitFor(async () => expect(await servedBy()).toBe('a'), 30_000)
    ready.a = true
    ready.b = true
    await vi.waitFor(async () => expect(await servedBy()).toBe('a,b'), 30_000)
  })
})

describe('GracefulStop', () => {
  test('says that the server is not ready while it still takes requests, until the notice is over', async () => {
    const health = new Health(new Avatars(new MemoryDriver({ bucket: 'avatars' })))
    const server = createServer(express().use(health.router, (_req, res) => void res.end('taken')))
    const closed = vi.fn(async () => undefined)
    const graceful = new GracefulStop(server, health, closed)
    const origin = await listening(server)
    const stopped = graceful.stop(3600)
    expect(await statusOf(`${origin}/readyz`)).toBe(503)
    expect(await statusOf(`${origin}/healthz`)).toBe(200)
    const taken = await fetch(`${origin}/line`)
    expect([await taken.text(), taken.headers.get('connection')]).toEqual(['taken', 'close'])
    // Asked again, it goes on as it has begun.
    void graceful.stop(3600)
    expect(await statusOf(`${origin}/line`)).toBe(200)
    expect(closed).not.toHaveBeenCalled()
    await Promise.all([stopped, graceful.stop(0)])
    expect(closed).toHaveBeenCalledTimes(1)
    await expect(fetch(`${origin}/line`)).rejects.toThrow()
  })
})

describe('a server that is asked to stop', () => {
  let child: ChildProcess
  let origin: string

  async function start(env: Readonly<Record<string, string>>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'brigade-stop-'))
    const port = await freePort()
    origin = `http://127.0.0.1:${port}`
    const base = {
      PATH: process.env.PATH,
      BUCKET_URL: `file:${folder}/data`,
      BRIGADE_SECRETS: 'a'.repeat(40),
      LOG: 'off',
    }
    child = fork(SERVER, [], { cwd: folder, env: { ...base, SERVER_PORT: String(port), ...env } })
    ending.push(async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
      await rm(folder, { recursive: true, force: true })
    })
    await once(child, 'message')
  }

  test('finishes what is running, and ends', async () => {
    await start({ DRAIN_NOTICE_SECONDS: '10' })
    const signIn = await fetch(`${origin}/sign-in`, { method: 'POST', body: new URLSearchParams({ user: 'Ada' }) })
    const cookie = signIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const upload = halfUpload(cookie, await portrait())
    // The server has the first half of the body when it has begun to keep it.
    await upload.begun
    child.kill('SIGTERM')
    const ended = once(child, 'exit')
    // Whoever started it hangs up: the notice is over.
    child.disconnect()
    await vi.waitFor(() => expect(statusOf(`${origin}/healthz`)).rejects.toThrow(), 30_000)
    expect(await upload.finish()).toEqual({ status: 201, connection: 'close' })
    expect(await ended).toEqual([0, null])
  })

  function halfUpload(cookie: string, picture: Buffer) {
    const edge = '----edge'
    const head = `--${edge}\r\ncontent-disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n`
    const body = Buffer.concat([Buffer.from(head), picture, Buffer.from(`\r\n--${edge}--\r\n`)])
    const headers = { cookie, 'content-type': `multipart/form-data; boundary=${edge}`, 'content-length': body.length }
    const sent = request(`${origin}/avatars`, { method: 'POST', headers: { ...headers, expect: '100-continue' } })
    const answer = once(sent, 'response')
    const half = Math.floor(body.length / 2)
    sent.flushHeaders()
    const begun = once(sent, 'continue').then(
      () => new Promise<void>((resolve) => sent.write(body.subarray(0, half), () => resolve())),
    )
    const finish = async () => {
      sent.end(body.subarray(half))
      const [reply] = await answer
      reply.resume()
      return { status: reply.statusCode, connection: reply.headers.connection }
    }
    return { begun, finish }
  }

  test('answers health at once while it has more to do than it takes', async () => {
    await start({ UPLOADS_AT_ONCE: '1' })
    const signIn = await fetch(`${origin}/sign-in`, { method: 'POST', body: new URLSearchParams({ user: 'Ada' }) })
    const cookie = signIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const picture = await portrait()
    const upload = halfUpload(cookie, picture)
    await upload.begun
    const form = new FormData()
    form.set('file', new Blob([Uint8Array.from(picture)]), 'a.jpg')
    const refused = await fetch(`${origin}/avatars`, {
      method: 'POST',
      headers: { cookie, accept: 'application/json', 'accept-language': 'de' },
      body: form,
    })
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([503, expect.any(Number)])
    expect(await refused.json()).toMatchObject({ code: 'overloaded', title: expect.stringContaining('zu viel zu tun') })
    expect(await statusOf(`${origin}/healthz`)).toBe(200)
    expect(await upload.finish()).toMatchObject({ status: 201 })
    const ended = once(child, 'exit')
    child.disconnect()
    expect(await ended).toEqual([0, null])
  })
})
