import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import express, { type Express } from 'express'
import request from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { HttpProblem, type ProblemsOptions, problems, requestIdentity } from '../../src/index.js'

function app(error: unknown, options: ProblemsOptions = {}): Express {
  const app = express()
  app.use(requestIdentity({ server: 'one' }))
  app.all('/', () => {
    throw error
  })
  app.get('/begun', (_req, res) => {
    res.write('half')
    throw error
  })
  app.use(problems({ onError: () => {}, ...options }))
  return app
}

const gone = new HttpProblem(410, 'session-expired', 'Start again.', {
  headers: { 'Retry-After': '7' },
  extra: { step: 'crop', status: 200, code: 'forged' },
})

describe('problems', () => {
  it('answers with a problem that names its cause and its request', async () => {
    const answer = await request(app(gone)).get('/').set('x-request-id', 'r-1')
    expect(answer.status).toBe(410)
    expect(answer.type).toBe('application/problem+json')
    expect(answer.body).toEqual({
      title: 'Gone',
      status: 410,
      code: 'session-expired',
      detail: 'Start again.',
      requestId: 'r-1',
      step: 'crop',
    })
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'retry-after': '7',
    })
  })

  it('answers a HEAD without a body', async () => {
    const answer = await request(app(gone)).head('/')
    expect(answer.status).toBe(410)
    expect(answer.text).toBeUndefined()
  })

  it('reads what was sent before it answers, and keeps the connection', async () => {
    const server = app(gone).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const body = 'x'.repeat(3_000_000)
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })
    expect(answer.status).toBe(410)
    expect(answer.headers.get('connection')).toBe('keep-alive')
    await answer.json()
    server.closeAllConnections()
    server.close()
  })

  it("answers the refusals of Express's own parsers", async () => {
    const parsing = express()
    parsing.use(express.json({ limit: 100 }))
    parsing.get('/:id', (_req, res) => {
      res.end()
    })
    parsing.use(problems())
    const large = await request(parsing)
      .post('/')
      .send({ text: 'x'.repeat(1_000_000) })
    expect([large.status, large.body.code]).toEqual([413, 'request-too-large'])
    const malformed = await request(parsing).post('/').type('json').send('{"a":')
    expect([malformed.status, malformed.body.code]).toEqual([400, 'invalid-request'])
    const address = await request(parsing).get('/%ff')
    expect([address.status, address.body.code]).toEqual([400, 'invalid-request'])
  })

  it('uses the words of the application first', async () => {
    class NoCredit extends Error {}
    const map = (error: unknown) =>
      error instanceof NoCredit ? new HttpProblem(402, 'no-credit', 'Top up.') : undefined
    expect((await request(app(new NoCredit(), { map })).get('/')).body.code).toBe('no-credit')
    expect((await request(app(gone, { map })).get('/')).body.code).toBe('session-expired')
  })

  it('tells the application of every error with its answer', async () => {
    const onError = vi.fn()
    const error = new Error('disk on fire')
    const answer = await request(app(error, { onError })).get('/')
    expect(answer.text).not.toContain('fire')
    expect(onError).toHaveBeenCalledExactlyOnceWith(
      error,
      expect.objectContaining({ status: 500, code: 'internal-error' }),
      expect.objectContaining({ method: 'GET' }),
    )
  })

  it("tells nothing of a body that Express's parsers could not read: a token may be in it", async () => {
    const seen: unknown[] = []
    const server = express()
    server.use(express.json())
    server.use(problems({ onError: (error, problem) => seen.push(error, problem) }))
    const body = `{"token":"${'eyJ'.padEnd(200, 'secret')}",`
    const answer = await request(server).post('/').type('json').send(body)
    expect(answer.status).toBe(400)
    expect(seen).toHaveLength(2)
    expect(inspect(seen, { depth: 9, showHidden: true }) + answer.text).not.toContain('secretsecret')
  })

  it('leaves errors of the application as they are', async () => {
    const onError = vi.fn()
    await request(app(Object.assign(new Error('no'), { type: 'card', body: 'declined' }), { onError })).get('/')
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ type: 'card', body: 'declined' })
  })

  it('writes to stderr what became a 5xx, unless told otherwise, and never the query', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const quiet = express()
    quiet.get('/:status', (req) => {
      throw new HttpProblem(Number(req.params.status), 'code', 'detail')
    })
    quiet.use(problems())
    await request(quiet).get('/404?token=t0p')
    await request(quiet).get('/502?token=t0p')
    // Node may have something to say of its own.
    const written = write.mock.calls.map(([text]) => String(text)).filter((text) => text.includes(' answered '))
    expect(written).toEqual([expect.stringContaining('GET /502 answered 502 code')])
    expect(write.mock.calls.join()).not.toContain('t0p')
    write.mockRestore()
  })

  it('cuts off an answer that has begun', async () => {
    await expect(request(app(gone)).get('/begun')).rejects.toThrow(/aborted|hang up/)
  })

  describe('with a renderer of pages', () => {
    const renderHtml = (problem: HttpProblem) => `<h1>${problem.code}</h1>`
    const cases: readonly (readonly [string | undefined, 'html' | 'json'])[] = [
      ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
      ['text/html;q=0.5, application/json', 'json'],
      ['application/json', 'json'],
      ['*/*', 'json'],
      ['text/html;q=0', 'json'],
      [undefined, 'json'],
    ]
    for (const [accept, kind] of cases) {
      it(`answers ${kind} where Accept is ${accept}`, async () => {
        const pending = request(app(gone, { renderHtml })).get('/')
        const answer = await (accept === undefined ? pending : pending.set('Accept', accept))
        expect(answer.status).toBe(410)
        expect(answer.headers.vary).toBe('Accept')
        expect(answer.type).toBe(kind === 'html' ? 'text/html' : 'application/problem+json')
        if (kind === 'html') expect(answer.text).toBe('<h1>session-expired</h1>')
      })
    }
  })
})
