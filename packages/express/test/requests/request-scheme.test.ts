import express from 'express'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { requestScheme } from '../../src/index.js'

async function schemeOf(trustProxy: unknown, headers: Record<string, string>): Promise<string> {
  const app = express()
  app.set('trust proxy', trustProxy)
  app.get('/', (req, res) => {
    res.send(requestScheme(req))
  })
  return (await request(app).get('/').set(headers)).text
}

describe('the scheme of a request', () => {
  it("is the connection's own where no proxy is trusted, whatever a header says", async () => {
    expect(await schemeOf(false, {})).toBe('http')
    expect(await schemeOf(false, { 'x-forwarded-proto': 'https' })).toBe('http')
    expect(await schemeOf('203.0.113.7', { 'x-forwarded-proto': 'https' })).toBe('http')
  })

  it('is what a trusted proxy says', async () => {
    expect(await schemeOf('loopback', { 'x-forwarded-proto': 'https' })).toBe('https')
    expect(await schemeOf('loopback', { 'x-forwarded-proto': 'HTTPS' })).toBe('https')
    expect(await schemeOf('loopback', { 'x-forwarded-proto': 'http' })).toBe('http')
    expect(await schemeOf('loopback', {})).toBe('http')
  })

  it.each(['javascript', 'wss', 'https://evil.example', ''])('is never %j', async (scheme) => {
    expect(await schemeOf('loopback', { 'x-forwarded-proto': scheme })).toBe('http')
  })
})
