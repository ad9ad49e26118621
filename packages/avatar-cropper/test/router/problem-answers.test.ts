import { MemoryDriver } from '@bucket-brigade/core/memory'
import express from 'express'
import request from 'supertest'
import { beforeAll, describe, expect, it } from 'vitest'
import { type CropperOptions, english, german } from '../../src/index.js'
import { type AvatarRouterOptions, avatarRouter } from '../../src/router/index.js'
import { openCropper } from '../avatars.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

async function serve(routes: Partial<AvatarRouterOptions> = {}, options: Partial<CropperOptions> = {}) {
  const cropper = await openCropper(new MemoryDriver(), options)
  const app = express()
  const fixed = { cropper, origins: ['https://app.example'], onError: () => undefined }
  app.use('/avatars', avatarRouter({ ...fixed, authenticate: (req) => req.get('x-user'), ...routes }))
  return app
}

describe('the title of a refusal', () => {
  it('is English, and says what the code means', async () => {
    const { body, headers } = await request(await serve())
      .get('/avatars')
      .set('accept-language', 'de')
    expect(body).toMatchObject({ code: 'unauthenticated', title: english.texts.unauthenticated })
    expect(headers['content-language']).toBe('en')
  })

  it('is in the language of the person, as far as there is one', async () => {
    const app = await serve({ messages: [english, german] })
    const inGerman = await request(app).get('/avatars').set('accept-language', 'de-AT,en;q=0.5')
    expect(inGerman.body).toMatchObject({ code: 'unauthenticated', title: german.texts.unauthenticated })
    expect(inGerman.headers['content-language']).toBe('de')
    expect((await request(app).get('/avatars')).body.title).toBe(english.texts.unauthenticated)
  })

  it('names what is expected', async () => {
    const app = await serve({ messages: [german] }, { maxUploadBytes: 1024 })
    const { body } = await request(app).post('/avatars').set('x-user', 'leo').attach('file', picture, 'leo.jpg')
    expect(body).toMatchObject({
      code: 'file-too-large',
      title: german.texts['file-too-large'].replace('{maxSize}', '1 kB'),
    })
  })

  it('stands on the plain page too', async () => {
    const pages = { upload: '/choose', crop: '/crop', save: '/save', done: '/me' }
    const app = await serve({ messages: [german], pages })
    const { text, status } = await request(app).get('/avatars').set('accept', 'text/html')
    expect(status).toBe(401)
    expect(text).toContain('<html lang="de">')
    expect(text).toContain(german.texts.unauthenticated)
  })
})

describe('refusals of the application', () => {
  it('tell the reason, for pages to look up', async () => {
    const refusals = { nudity: 'Please wear something.' }
    const app = await serve(
      { messages: [{ ...english, refusals }] },
      { beforeAccept: () => ({ refuse: 'nudity' }), userLimits: { openSessions: 1 } },
    )
    const { status, body } = await request(app).post('/avatars').set('x-user', 'leo').attach('file', picture, 'leo.jpg')
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'refused', reason: 'nudity', title: 'Please wear something.' })
  })

  it('say when there is room again', async () => {
    const app = await serve({}, { userLimits: { openSessions: 1 } })
    const send = () => request(app).post('/avatars').set('x-user', 'leo').attach('file', picture, 'leo.jpg')
    await send().expect(201)
    const { status, body, headers } = await send()
    expect([status, body.code]).toEqual([429, 'too-many-sessions'])
    expect(Number(headers['retry-after'])).toBeGreaterThan(7000)
  })

  it('say that a part of the application failed', async () => {
    const app = await serve({}, { beforeAccept: () => Promise.reject(new Error('secret')) })
    const { status, text, headers } = await request(app)
      .post('/avatars')
      .set('x-user', 'leo')
      .attach('file', picture, 'leo.jpg')
    expect([status, headers['retry-after']]).toEqual([503, '5'])
    expect(text).not.toContain('secret')
  })
})
