import express, { type Express } from 'express'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { problems, type SameOriginOptions, sameOrigin } from '../src/index.js'

function app(origins: SameOriginOptions['origins']): Express {
  const app = express()
  app.use(sameOrigin({ origins }))
  app.all('/', (_req, res) => {
    res.send('done')
  })
  app.use(problems())
  return app
}

type Headers = Readonly<Record<string, string>>

const listed = app(['https://App.Example:443/', 'http://localhost:3000'])
const ownHost = app('same-host')

async function status(
  of: Express,
  headers: Headers,
  method: 'post' | 'put' | 'delete' | 'get' = 'post',
): Promise<number> {
  const answer = await request(of)
    [method]('/')
    .set({ Host: 'app.example', ...headers })
  if (answer.status === 403) expect(answer.body.code).toBe('cross-origin')
  return answer.status
}

describe('sameOrigin', () => {
  const both: readonly (readonly [string, Headers, 200 | 403])[] = [
    ['a program that sends none of the headers', {}, 200],
    ['a page of the same origin', { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://app.example' }, 200],
    ['a form of a page without referrer', { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }, 200],
    ['a person who typed the address', { 'Sec-Fetch-Site': 'none' }, 200],
    ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }, 403],
    ['another site without Origin', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a sister site', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://evil.app.example' }, 403],
    ['a sandboxed frame', { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }, 403],
    ['an origin of null alone', { Origin: 'null' }, 403],
    ['an empty origin', { Origin: '' }, 403],
    ['an old browser on the same host', { Origin: 'https://app.example' }, 200],
    ['an old browser on another host', { Origin: 'https://evil.example' }, 403],
    ['a host that begins alike', { Origin: 'https://app.example.evil.example' }, 403],
    ['a referrer on the same host', { Referer: 'https://app.example/page?q' }, 200],
    ['a referrer on another host', { Referer: 'https://evil.example/app.example' }, 403],
    ['a malformed referrer', { Referer: 'app.example' }, 403],
    ['a word that no browser says', { 'Sec-Fetch-Site': 'friendly' }, 403],
    ['an extension', { Origin: 'moz-extension://1234' }, 403],
  ]
  for (const [who, headers, expected] of both) {
    it(`answers ${expected} to ${who}`, async () => {
      expect(await status(listed, headers)).toBe(expected)
      expect(await status(ownHost, headers)).toBe(expected)
    })
  }

  it('lets a configured origin of another site through', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost:3000' }
    expect(await status(listed, headers)).toBe(200)
    expect(await status(ownHost, headers)).toBe(403)
  })

  it('does not care how a proxy writes the host', async () => {
    const page = { Origin: 'https://app.example' }
    expect(await status(ownHost, { ...page, Host: 'App.Example:443' })).toBe(200)
    expect(await status(ownHost, { ...page, Host: 'app.example:8443' })).toBe(403)
    expect(await status(ownHost, { ...page, Host: 'evil.example@app.example' })).toBe(403)
  })

  it('refuses the same host under another scheme, where the browser says so', async () => {
    expect(await status(ownHost, { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://app.example' })).toBe(403)
    expect(await status(listed, { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://app.example' })).toBe(403)
  })

  it('checks everything that changes state, and nothing that reads', async () => {
    const evil = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
    for (const method of ['post', 'put', 'delete'] as const) expect(await status(listed, evil, method)).toBe(403)
    expect(await status(listed, evil, 'get')).toBe(200)
  })

  it.each(['app.example', 'https://app.example/path', 'ftp://app.example', 'null', '*', 'https://u@app.example'])(
    'refuses to be configured with %j',
    (origin) => {
      expect(() => sameOrigin({ origins: [origin] })).toThrow(/expected an origin such as "https:\/\/app.example"/)
    },
  )
})
