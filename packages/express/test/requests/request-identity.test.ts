import express from 'express'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { requestIdentity, requestIdOf } from '../../src/index.js'

const app = express()
app.use(requestIdentity({ server: 'server-2' }))
app.get('/', (_req, res) => {
  res.json({ id: requestIdOf(res) })
})

describe('requestIdentity', () => {
  it('says who served, and gives each request an id of its own', async () => {
    const [one, two] = [await request(app).get('/'), await request(app).get('/')]
    expect(one.headers['x-served-by']).toBe('server-2')
    expect(one.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(one.headers['x-request-id']).not.toBe(two.headers['x-request-id'])
    expect(one.body.id).toBe(one.headers['x-request-id'])
  })

  it('keeps a well-formed id that came in', async () => {
    const answer = await request(app).get('/').set('x-request-id', 'Root=1-67891233-abcdef012345678912345678')
    expect(answer.headers['x-request-id']).toBe('Root=1-67891233-abcdef012345678912345678')
  })

  it.each(['', 'a b', '<script>', '"x"', 'x'.repeat(129), '-x'])('replaces the malformed id %j', async (id) => {
    const answer = await request(app).get('/').set('x-request-id', id)
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it.each(['', 'two words', 'line\nbreak', 'é'])('refuses the server name %j', (server) => {
    expect(() => requestIdentity({ server })).toThrow(/expected server to be 1 to 128 visible ASCII/)
  })
})
