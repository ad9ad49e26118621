import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { EVERY_FAULT, type Fault, FaultProxy } from './fault-proxy.js'
import { freePort } from './free-port.js'

/** A service that remembers what it was told, as `PUT /a: bytes`; a body that broke off is noted with `…`. */
interface Service {
  readonly url: string
  readonly heard: string[]
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function startService(name = 'service'): Promise<Service> {
  const heard: string[] = []
  const server: Server = createServer(async (req, res) => {
    const index = heard.push(`${req.method} ${req.url}: …`) - 1
    try {
      heard[index] = `${req.method} ${req.url}: ${await text(req)}`
      res.setHeader('x-from', name).end(req.method === 'HEAD' ? '' : `reply of ${name}`.repeat(500))
    } catch {
      res.destroy()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard }
}

async function startProxy(...upstreams: readonly string[]): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(upstreams)
  cleanups.push(() => proxy.close())
  return proxy
}

/** What the client sees: the status and the length of what came, or that the connection broke. */
async function put(proxy: FaultProxy, path: string): Promise<string> {
  try {
    const reply = await fetch(`${proxy.url}${path}`, { method: 'PUT', body: 'bytes' })
    return `${reply.status} ${(await reply.text()).length}`
  } catch {
    return 'broken'
  }
}

const WHOLE = `200 ${'reply of service'.length * 500}`

describe('the fault proxy', () => {
  it('passes requests and replies, with their headers, to gateways by turns and over one that is down', async () => {
    const [one, two] = [await startService('one'), await startService('two')]
    const proxy = await startProxy(one.url, `http://127.0.0.1:${await freePort()}`, two.url)
    const names: (string | null)[] = []
    for (let count = 0; count < 6; count++) {
      const reply = await fetch(`${proxy.url}/a?b=%20c`, { method: 'PUT', body: `${count}` })
      names.push(reply.headers.get('x-from'))
      await reply.arrayBuffer()
    }
    expect(new Set(names)).toEqual(new Set(['one', 'two']))
    expect([...one.heard, ...two.heard].sort()).toEqual([0, 1, 2, 3, 4, 5].map((count) => `PUT /a?b=%20c: ${count}`))
    expect(proxy.log).toEqual([])
  })

  it('breaks the connection where every gateway is down, and goes on with the one that is named then', async () => {
    const proxy = await startProxy(`http://127.0.0.1:${await freePort()}`)
    expect(await put(proxy, '/a')).toBe('broken')
    proxy.upstreams = [(await startService()).url]
    expect(await put(proxy, '/a')).toBe(WHOLE)
  })

  const faults: readonly (readonly [Fault, string, readonly string[]])[] = [
    [{ kind: 'refuse' }, 'broken', []],
    [{ kind: 'status', status: 500 }, '500 62', []],
    [{ kind: 'delay', milliseconds: 5 }, WHOLE, ['PUT /a: bytes']],
    [{ kind: 'drip', bytesAtOnce: 999, milliseconds: 1 }, WHOLE, ['PUT /a: bytes']],
    [{ kind: 'reset-before-body' }, 'broken', ['PUT /a: …']],
    [{ kind: 'reset-after-body' }, 'broken', []],
    [{ kind: 'reply-lost' }, 'broken', ['PUT /a: bytes']],
    [{ kind: 'reply-cut' }, 'broken', ['PUT /a: bytes']],
  ]

  it.each(faults)('%o', async (fault, seen, heard) => {
    const service = await startService()
    const proxy = await startProxy(service.url)
    proxy.script(fault)
    expect(await put(proxy, '/a')).toBe(seen)
    // What is on its way reaches the service before the next request is answered.
    expect(await put(proxy, '/b')).toBe(WHOLE)
    await expect.poll(() => service.heard, { timeout: 30_000 }).toEqual([...heard, 'PUT /b: bytes'])
    expect(proxy.log).toEqual([{ number: 1, method: 'PUT', path: '/a', fault: fault.kind }])
  })

  it('says when to come again', async () => {
    const proxy = await startProxy((await startService()).url)
    proxy.script({ kind: 'status', status: 503, retryAfterSeconds: 7 })
    const reply = await fetch(`${proxy.url}/a`)
    expect([reply.status, reply.headers.get('retry-after'), await reply.text()]).toEqual([
      503,
      '7',
      expect.stringContaining('SlowDown'),
    ])
  })

  it('cuts a reply after its head', async () => {
    const proxy = await startProxy((await startService()).url)
    proxy.script({ kind: 'reply-cut' })
    const reply = await fetch(`${proxy.url}/a`)
    expect([reply.status, reply.headers.get('x-from')]).toEqual([200, 'service'])
    await expect(reply.arrayBuffer()).rejects.toThrow()
  })

  it('breaks the reply of a gateway that dies in the middle of it, and goes on', async () => {
    const dying = createServer((_req, res) => {
      res.writeHead(200, { 'content-length': 1000 }).write('half', () => res.socket?.resetAndDestroy())
    })
    dying.listen(0, '127.0.0.1')
    await once(dying, 'listening')
    cleanups.push(() => dying.close())
    const proxy = await startProxy(`http://127.0.0.1:${(dying.address() as AddressInfo).port}`)
    expect(await put(proxy, '/a')).toBe('broken')
    proxy.upstreams = [(await startService()).url]
    expect(await put(proxy, '/a')).toBe(WHOLE)
  })

  it('waits for a crash right before the service hears of a request, or right after it answered', async () => {
    const service = await startService()
    const proxy = await startProxy(service.url)
    const heardAtCrash: string[][] = []
    const crash = async () => {
      heardAtCrash.push([...service.heard])
    }
    proxy.script({ kind: 'crash-before', crash })
    expect(await put(proxy, '/a')).toBe('broken')
    proxy.script({ kind: 'crash-after', crash })
    expect(await put(proxy, '/b')).toBe('broken')
    expect(heardAtCrash).toEqual([[], ['PUT /b: bytes']])
  })

  it('lets nothing else pass while a server is being killed, and everything afterwards', async () => {
    const service = await startService()
    const proxy = await startProxy(service.url)
    let kill = () => {}
    const killed = new Promise<void>((resolve) => {
      kill = resolve
    })
    const begun = new Promise<void>((resolve) => {
      const crash = () => {
        resolve()
        return killed
      }
      proxy.script({ kind: 'crash-before', crash })
    })
    const dying = put(proxy, '/a')
    await begun
    const other = put(proxy, '/b')
    expect(await Promise.race([other, new Promise((resolve) => setTimeout(resolve, 100, 'held'))])).toBe('held')
    kill()
    expect([await dying, await other]).toEqual(['broken', 'broken'])
    expect(service.heard).toEqual([])
    expect(await put(proxy, '/c')).toBe(WHOLE)
  })

  it('gives a fault to the third request that matches, and to no other', async () => {
    const proxy = await startProxy((await startService()).url)
    proxy.script({ kind: 'refuse' }, ({ method, path }) => method === 'PUT' && path.startsWith('/x/'), 3)
    const seen: string[] = []
    for (const path of ['/x/1', '/y/1', '/x/2', '/x/3', '/x/4']) seen.push(await put(proxy, path))
    expect(seen).toEqual([WHOLE, WHOLE, WHOLE, 'broken', WHOLE])
    expect(proxy.counts()).toEqual({ refuse: 1 })
  })

  it('chooses the same faults for the same seed, about as many as asked for, and every kind', async () => {
    const proxy = await startProxy((await startService()).url)
    // None that take time.
    const quick = EVERY_FAULT.filter(({ kind }) => kind !== 'delay' && kind !== 'drip')
    const runs: string[][] = []
    for (const seed of [1, 1, 2]) {
      const [before, faults] = [proxy.log.length, proxy.requests]
      proxy.begin({ seed, rate: 0.4, faults: quick })
      for (let count = 0; count < 60; count++) await put(proxy, `/${count}`)
      runs.push(proxy.log.slice(before).map(({ number, fault }) => `${number - faults} ${fault}`))
    }
    expect(runs[1]).toEqual(runs[0])
    expect(runs[2]).not.toEqual(runs[0])
    expect(runs[0]?.length).toBeGreaterThan(12)
    expect(runs[0]?.length).toBeLessThan(36)
    expect(Object.keys(proxy.counts()).sort()).toEqual([...new Set(quick.map(({ kind }) => kind))].sort())
    proxy.calm()
    expect(await put(proxy, '/a')).toBe(WHOLE)
  })
})
