import { MemoryDriver } from '@bucket-brigade/core/memory'
import express from 'express'
import request, { type Response } from 'supertest'
import { beforeAll, describe, expect, it } from 'vitest'
import { anonymous } from '../../src/index.js'
import { type AvatarRouterOptions, avatarRouter, avatarSession } from '../../src/router/index.js'
import { openCropper, SQUARE } from '../avatars.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

const PAGES = { upload: '/choose', crop: '/crop', save: '/save', done: '/me' }

async function serve(options: Partial<AvatarRouterOptions> = {}) {
  const cropper = await openCropper(new MemoryDriver())
  const app = express()
  app.use(
    '/avatars',
    avatarRouter({
      cropper,
      authenticate: (req) => req.get('x-user'),
      origins: 'same-host',
      anonymous: 'allowed',
      onError: () => undefined,
      ...options,
    }),
  )
  app.get('/crop', async (req, res) => {
    const session = await avatarSession(req, cropper, req.get('x-user') ?? anonymous)
    res.json(session?.original ?? null)
  })
  app.get('/save', async (req, res) => {
    const session = await avatarSession(req, cropper, req.get('x-user') ?? anonymous)
    res.json(session?.crop ?? null)
  })
  return app
}

type App = Awaited<ReturnType<typeof serve>>

function upload(app: App) {
  return request(app).post('/avatars').attach('file', picture, 'leo.jpg')
}

describe('a sign-up form', () => {
  it('uploads and crops for nobody, and saves once its session is claimed', async () => {
    const app = await serve()
    const uploaded = await upload(app).expect(201)
    const cropping = { token: uploaded.body.token, ...SQUARE }
    const cropped = await request(app).post('/avatars/crop').send(cropping).expect(200)
    await request(app).post('/avatars/preview').send({ token: cropped.body.token }).expect(200)
    await request(app).post('/avatars/save').send({ token: cropped.body.token }).expect(401)
    const early = await request(app).post('/avatars/save').set('x-user', 'leo').send({ token: cropped.body.token })
    expect([early.status, early.body.code]).toEqual([409, 'session-unclaimed'])

    await request(app).post('/avatars/claim').send({ token: cropped.body.token }).expect(401)
    const claim = () => request(app).post('/avatars/claim').set('x-user', 'leo').send({ token: cropped.body.token })
    const claimed = await claim().expect(200)
    expect(claimed.body).toMatchObject({ step: 'save', session: uploaded.body.session, original: { width: 400 } })
    expect((await claim()).body).toEqual(claimed.body)
    const saved = await request(app).post('/avatars/save').set('x-user', 'leo').send({ token: claimed.body.token })
    expect(saved.body.avatar.sizes).toHaveProperty('64')
  })

  it('does the same without scripts', async () => {
    const app = await serve({ pages: PAGES })
    const uploaded = await upload(app).set('accept', 'text/html').expect(303)
    const session = sessionOf(uploaded)
    await request(app)
      .get(uploaded.headers.location as string)
      .set('cookie', cookieOf(uploaded))
      .expect(200, {
        width: 400,
        height: 300,
        type: 'image/jpeg',
        bytes: picture.length,
      })
    const claimed = await request(app)
      .post('/avatars/claim')
      .set({ 'x-user': 'leo', accept: 'text/html', cookie: cookieOf(uploaded) })
      .type('form')
      .send({ session })
      .expect(303)
    expect(claimed.headers.location).toBe(uploaded.headers.location)
    const cropped = await request(app)
      .post('/avatars/crop')
      .set({ 'x-user': 'leo', accept: 'text/html', cookie: cookieOf(claimed) })
      .type('form')
      .send({ session, ...SQUARE })
      .expect(303)
    const saved = await request(app)
      .post('/avatars/save')
      .set({ 'x-user': 'leo', accept: 'text/html', cookie: cookieOf(cropped) })
      .type('form')
      .send({ session: sessionOf(cropped) })
    expect([saved.status, saved.headers.location]).toEqual([303, '/me'])
  })

  it('crops again as the person who claimed the crop', async () => {
    const app = await serve({ pages: PAGES })
    const uploaded = await upload(app).set('accept', 'text/html')
    const asForm = (reply: Response, path: string, user?: string) =>
      request(app)
        .post(`/avatars/${path}`)
        .set({ accept: 'text/html', cookie: cookieOf(reply), ...(user === undefined ? {} : { 'x-user': user }) })
        .type('form')
    const cropped = await asForm(uploaded, 'crop').send({ session: sessionOf(uploaded), ...SQUARE })
    const both = { cookie: `${cookieOf(uploaded)}; ${cookieOf(cropped)}` }
    const claimed = await asForm(cropped, 'claim', 'leo')
      .set(both)
      .send({ session: sessionOf(cropped) })
    await request(app)
      .get(claimed.headers.location as string)
      .set({ 'x-user': 'leo', cookie: cookieOf(claimed) })
      .expect(200, { ...SQUARE, rotate: 0, scaleX: 1, scaleY: 1 })
    const again = await asForm(claimed, 'crop', 'leo').send({ session: sessionOf(uploaded), ...SQUARE, x: 1 })
    const saved = await asForm(again, 'save', 'leo').send({ session: sessionOf(again) })
    expect([saved.status, saved.headers.location]).toEqual([303, '/me'])
  })

  it('is claimed by one person in a browser where another claimed the upload before', async () => {
    const app = await serve({ pages: PAGES })
    const form = (path: string, cookie: string) =>
      request(app).post(`/avatars/${path}`).set({ accept: 'text/html', cookie }).type('form')
    const uploaded = await upload(app).set('accept', 'text/html')
    const [session, file] = [sessionOf(uploaded), cookieOf(uploaded)]
    const cropped = await form('crop', file).send({ session, ...SQUARE })
    const hers = await form('claim', file).set('x-user', 'mia').send({ session })
    const claimed = await form('claim', `${cookieOf(hers)}; ${cookieOf(cropped)}`)
      .set('x-user', 'leo')
      .send({ session: sessionOf(cropped) })
    expect([claimed.status, claimed.headers.location]).toEqual([303, cropped.headers.location])
  })

  it('is refused by default', async () => {
    await upload(await serve({ anonymous: 'refused' })).expect(401)
    await upload(await serve({ anonymous: undefined })).expect(401)
  })

  it('gives nobody a list, nor the right to change one', async () => {
    const app = await serve()
    await request(app).get('/avatars').expect(401)
    await request(app).put('/avatars/current').send({ id: 'x' }).expect(401)
    await request(app).delete('/avatars/x').expect(401)
  })
})

function sessionOf(response: Response): string {
  return new URL(response.headers.location as string, 'http://app.example').searchParams.get('session') ?? ''
}

function cookieOf(response: Response): string {
  const cookies = response.headers['set-cookie'] as unknown as readonly string[]
  return cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ')
}
