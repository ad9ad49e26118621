import { problems } from '@bucket-brigade/express'
import express from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { demoSignIn } from '../src/sign-in.js'

const OLD = 'an-older-secret-that-is-still-being-accepted'
const NEW = 'a-newer-secret-of-these-tests-long-enough'

function server(secrets: readonly string[]) {
  return express().use(demoSignIn(secrets).router, problems())
}

async function cookieOf(secrets: readonly string[], user: string): Promise<string> {
  const reply = await request(server(secrets)).post('/sign-in').type('form').send({ user })
  return reply.get('Set-Cookie')?.[0] ?? ''
}

async function userOf(secrets: readonly string[], cookie: string): Promise<unknown> {
  const reply = await request(server(secrets))
    .get('/sign-in')
    .set('Cookie', cookie.split(';')[0] ?? '')
  return reply.body.user
}

describe('demoSignIn', () => {
  test('any server knows who signed in at another one', async () => {
    expect(await userOf([NEW], await cookieOf([NEW], 'Zoë · 木'))).toBe('Zoë · 木')
  })

  test('the cookie is out of reach of scripts and of other sites', async () => {
    const cookie = await cookieOf([NEW], 'ada')
    expect(cookie).toContain('HttpOnly')
    expect(cookie).toContain('SameSite=Lax')
    expect(cookie).toContain('Path=/')
  })

  test('secrets rotate: what the older one signed is still accepted, until it is gone', async () => {
    const cookie = await cookieOf([OLD], 'ada')
    expect(await userOf([NEW, OLD], cookie)).toBe('ada')
    expect(await userOf([NEW], cookie)).toBeNull()
  })

  test('a changed or broken cookie is nobody', async () => {
    const cookie = (await cookieOf([NEW], 'ada')).split(';')[0] ?? ''
    const [, value = ''] = cookie.split('=')
    const [, expiry, signature] = value.split('.')
    const forged = `brigade_user=${Buffer.from('bob').toString('base64url')}.${expiry}.${signature}`
    const longer = cookie.replace(`.${expiry}.`, `.${Number(expiry) + 1}.`)
    for (const bad of [forged, longer, `${cookie}x`, 'brigade_user=', 'brigade_user=a.b.c', 'other=1', '']) {
      expect(await userOf([NEW], bad)).toBeNull()
    }
  })

  test('a browser without scripts is led back to the page', async () => {
    const reply = await request(server([NEW]))
      .post('/sign-in')
      .accept('text/html')
      .type('form')
      .send({ user: 'ada' })
    expect([reply.status, reply.headers.location]).toEqual([303, '/'])
  })

  test('signing out removes the cookie', async () => {
    const reply = await request(server([NEW])).post('/sign-out')
    expect(reply.status).toBe(204)
    expect(reply.get('Set-Cookie')?.[0]).toMatch(/^brigade_user=;.*Expires=Thu, 01 Jan 1970/)
  })

  test.each([{}, { user: '' }, { user: '   ' }, { user: 'x'.repeat(65) }, { user: 'a\u0000b' }])(
    'a name that cannot be used is refused: %o',
    async (fields) => {
      const reply = await request(server([NEW]))
        .post('/sign-in')
        .type('form')
        .send(fields)
      expect(reply.status).toBe(400)
      expect(reply.body).toMatchObject({ code: 'invalid-request', detail: expect.stringContaining('"user"') })
    },
  )
})
