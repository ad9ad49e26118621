import { EventEmitter, once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../../../test/services/free-port.js'
import { createBalancer } from '../src/balancer.js'

const running: Server[] = []

async function listening(server: Server, port = 0): Promise<string> {
  // As the servers of the line: a connection is not let go of in the moment of the next request.
  server.keepAliveTimeout = 65_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  running.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  if (!server.listening) return
  server.close()
  await once(server, 'close')
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(stop))
})

type Handler = (req: IncomingMessage, res: ServerResponse) => void

/** Says its name and what it got. */
function echo(name: string): Handler {
  return async (req, res) => {
    const body = await text(req)
    res.setHeader('x-served-by', name)
    res.end(`${name} ${req.method} ${req.url} ${body}`)
  }
}

/** Hangs up on whoever asks, after some of the body has come. */
const dies: Handler = (req) => {
  req.once('data', () => req.socket.destroy())
  if (req.method === 'GET') req.socket.destroy()
}

async function upstreams(...handlers: Handler[]): Promise<string[]> {
  return Promise.all(handlers.map((handler) => listening(createServer(handler))))
}

async function deadUpstream(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`
}

async function servedBy(origin: string, count: number): Promise<(string | null)[]> {
  const names: (string | null)[] = []
  for (let index = 0; index < count; index += 1) {
    const reply = await fetch(origin)
    await reply.text()
    names.push(reply.headers.get('x-served-by'))
  }
  return names
}

describe('createBalancer', () => {
  test('sends every request to the next server, one after the other', async () => {
    const origin = await listening(createBalancer(await upstreams(echo('a'), echo('b'), echo('c'))))
    expect(await servedBy(origin, 5)).toEqual(['a', 'b', 'c', 'a', 'b'])
  })

  test('also over one kept-alive connection', async () => {
    const origin = await listening(createBalancer(await upstreams(echo('a'), echo('b'))))
    const first = await (await fetch(`${origin}/1`, { headers: { connection: 'keep-alive' } })).text()
    const second = await (await fetch(`${origin}/2`, { headers: { connection: 'keep-alive' } })).text()
    expect([first, second]).toEqual(['a GET /1 ', 'b GET /2 '])
  })

  test('passes method, path, host and body on as they came', async () => {
    const seen: IncomingMessage['headers'][] = []
    const [upstream] = await upstreams((req, res) => {
      seen.push(req.headers)
      echo('a')(req, res)
    })
    const origin = await listening(createBalancer([upstream ?? '']))
    const reply = await fetch(`${origin}/a%2Fb?c=d%20e`, { method: 'PUT', body: 'text' })
    expect(await reply.text()).toBe('a PUT /a%2Fb?c=d%20e text')
    expect(seen[0]).toMatchObject({ host: new URL(origin).host, 'x-forwarded-proto': 'http' })
  })

  test('gives a request one id for all servers that are tried, and for the answer where none is up', async () => {
    const ids: unknown[] = []
    const noting =
      (next: Handler): Handler =>
      (req, res) => {
        ids.push(req.headers['x-request-id'])
        next(req, res)
      }
    const origin = await listening(createBalancer(await upstreams(noting(dies), noting(echo('b')))))
    await (await fetch(origin)).text()
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), ids[0]])
    await (await fetch(origin, { headers: { 'x-request-id': 'of-the-caller' } })).text()
    expect(ids.at(-1)).toBe('of-the-caller')
    const none = await fetch(await listening(createBalancer([await deadUpstream()])))
    expect((await none.json()).requestId).toBe(none.headers.get('x-request-id'))
  })

  test('says itself who asked and how: what a client claims about that is dropped', async () => {
    const seen: IncomingMessage['headers'][] = []
    const [upstream = ''] = await upstreams((req, res) => {
      seen.push(req.headers)
      res.end()
    })
    const origin = await listening(createBalancer([upstream]))
    const claims = { for: '6.6.6.6', host: 'evil.example', port: '1', proto: 'https' }
    const headers = Object.fromEntries(Object.entries(claims).map(([name, claim]) => [`x-forwarded-${name}`, claim]))
    await fetch(origin, { headers: { ...headers, forwarded: 'for=6.6.6.6' } })
    const { host, port } = new URL(origin)
    expect(seen[0]).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': host,
      'x-forwarded-port': port,
      'x-forwarded-proto': 'http',
    })
    expect(seen[0]).not.toHaveProperty('forwarded')
  })

  test('skips a server that is not there', async () => {
    const [a, c] = await upstreams(echo('a'), echo('c'))
    const origin = await listening(createBalancer([a ?? '', await deadUpstream(), c ?? '']))
    expect(await servedBy(origin, 4)).toEqual(['a', 'c', 'c', 'a'])
  })

  test('sends a form that killed no one but its server to the next one, whole', async () => {
    const origin = await listening(createBalancer(await upstreams(dies, echo('b'))))
    const body = 'x'.repeat(3_000_000)
    const reply = await fetch(`${origin}/upload`, { method: 'POST', body })
    expect(await reply.text()).toBe(`b POST /upload ${body}`)
  })

  test('sends what is still arriving on to the next server', async () => {
    const deaths = new EventEmitter()
    const diesAloud: Handler = (req, res) => {
      req.once('close', () => deaths.emit('death'))
      dies(req, res)
    }
    const origin = await listening(createBalancer(await upstreams(diesAloud, echo('b'))))
    const req = request(`${origin}/slow`, { method: 'POST' })
    const reply = once(req, 'response')
    const death = once(deaths, 'death')
    req.write('one ')
    await death
    req.write('two ')
    req.end('three')
    const [res] = (await reply) as [IncomingMessage]
    expect(await text(res)).toBe('b POST /slow one two three')
  })

  test('does not send a body again that was too long to keep, and says so', async () => {
    const hangUpLate: Handler = (req) => req.on('data', () => {}).on('end', () => req.socket.destroy())
    const served: string[] = []
    const next: Handler = (req, res) => {
      served.push('b')
      echo('b')(req, res)
    }
    const balancer = createBalancer(await upstreams(hangUpLate, next), { maxRepeatableBytes: 1000 })
    const reply = await fetch(await listening(balancer), { method: 'POST', body: 'x'.repeat(1_000_000) })
    expect(reply.status).toBe(503)
    expect(served).toEqual([])
  })

  test('keeps no more than its share of memory, however many send at once', async () => {
    const parked = new EventEmitter()
    const parks: Handler = (req) => {
      req.resume().on('end', () => parked.emit('request', req))
    }
    const limits = { maxRepeatableBytes: 1_000_000, maxKeptBytes: 2_000_000 }
    const origin = await listening(createBalancer(await upstreams(parks, echo('b')), limits))
    const waiting: { readonly req: IncomingMessage; readonly reply: Promise<Response> }[] = []
    for (let sent = 0; sent < 3; sent += 1) {
      const arrival = once(parked, 'request')
      const reply = fetch(origin, { method: 'POST', body: 'x'.repeat(900_000) })
      const [req] = (await arrival) as [IncomingMessage]
      waiting.push({ req, reply })
      // The second server's turn, so that the next one begins at the first server too.
      await (await fetch(origin)).text()
    }
    for (const { req } of waiting) req.socket.destroy()
    const replies = await Promise.all(waiting.map(({ reply }) => reply))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 503])
  })

  test('is not blocked by hundreds of requests that take long', async () => {
    const slow: Handler = (req, res) => {
      if (req.url === '/quick') res.end('quick')
    }
    const origin = await listening(createBalancer(await upstreams(slow)))
    const leaving = new AbortController()
    const waiting = Array.from({ length: 300 }, () => fetch(origin, { signal: leaving.signal }).catch(() => {}))
    const quick = await fetch(`${origin}/quick`)
    expect(await quick.text()).toBe('quick')
    leaving.abort()
    await Promise.all(waiting)
  })

  test('never tries again what was already answered in part', async () => {
    const served: string[] = []
    const breaksOff: Handler = (_req, res) => {
      res.writeHead(200, { 'content-length': '100' })
      res.write('half', () => res.socket?.destroy())
    }
    const next: Handler = (req, res) => {
      served.push('b')
      echo('b')(req, res)
    }
    const origin = await listening(createBalancer(await upstreams(breaksOff, next)))
    await expect(fetch(origin).then((reply) => reply.text())).rejects.toThrow()
    expect(served).toEqual([])
  })

  test('passes refusals on: an answer is an answer', async () => {
    const refuses: Handler = (_req, res) => res.writeHead(500).end('no')
    const origin = await listening(createBalancer(await upstreams(refuses, echo('b'))))
    expect((await fetch(origin)).status).toBe(500)
  })

  test('whoever got an answer before the body was sent can ask the next thing', async () => {
    const refusesAtOnce: Handler = (req, res) => {
      if (req.method === 'POST') res.writeHead(401).end('no')
      else echo('a')(req, res)
    }
    const [upstream = ''] = await upstreams(refusesAtOnce)
    const origin = await listening(createBalancer([upstream]))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = async (method: string, body = '') => {
      const req = request(origin, { method, agent }).end(body)
      const [res] = (await once(req, 'response')) as [IncomingMessage]
      return [res.statusCode, await text(res)]
    }
    expect(await ask('POST', 'x'.repeat(5_000_000))).toEqual([401, 'no'])
    expect(await ask('GET')).toEqual([200, 'a GET / '])
    agent.destroy()
  })

  test('uses a server again that came back', async () => {
    const second = createServer(echo('b'))
    const address = await listening(second, await freePort())
    const [a] = await upstreams(echo('a'))
    const origin = await listening(createBalancer([a ?? '', address]))
    expect(await servedBy(origin, 2)).toEqual(['a', 'b'])
    await stop(second)
    expect(await servedBy(origin, 2)).toEqual(['a', 'a'])
    await listening(createServer(echo('b again')), Number(new URL(address).port))
    expect(await servedBy(origin, 2)).toEqual(['a', 'b again'])
  })

  test('says in words that no server is up, to programs and to people', async () => {
    const origin = await listening(createBalancer([await deadUpstream(), await deadUpstream()]))
    const reply = await fetch(`${origin}/avatars`, { method: 'POST', body: 'x' })
    expect(reply.status).toBe(503)
    expect(reply.headers.get('content-type')).toBe('application/problem+json')
    expect(reply.headers.get('retry-after')).toBe('2')
    expect(await reply.json()).toMatchObject({ code: 'no-server', detail: expect.stringContaining('Try again') })
    const shown = await fetch(origin, { headers: { accept: 'text/html' } })
    expect(await shown.text()).toContain('No server is up')
    const sent = await fetch(origin, { method: 'POST', body: 'x', headers: { accept: 'text/html' } })
    expect(sent.headers.get('content-type')).toContain('text/plain')
  })

  test('gives up at the server too when the person goes away', async () => {
    const leaving = new AbortController()
    const left = new Promise<void>((resolve) => {
      void upstreams((req) => {
        req.once('close', resolve)
        leaving.abort()
      }).then(async ([upstream = '']) => {
        const origin = await listening(createBalancer([upstream]))
        fetch(origin, { signal: leaving.signal }).catch(() => {})
      })
    })
    await left
  })

  test('needs somebody to pass requests to', () => {
    expect(() => createBalancer([])).toThrow('expected at least one upstream')
  })
})
