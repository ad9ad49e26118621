import type { StorageDriver, StoreErrorCode } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import express, { type Express } from 'express'
import request from 'supertest'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CropperOptions } from '../../src/index.js'
import { type AvatarRouterOptions, avatarRouter } from '../../src/router/index.js'
import { Avatars, keysOf, openCropper, SQUARE } from '../avatars.js'
import { around, counting } from '../faults.js'
import { noise, quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})
afterEach(() => {
  vi.useRealTimers()
})

/** An address for private objects, as real services have one. */
function signing(driver: StorageDriver): StorageDriver {
  return around(driver, {
    signedUrl: async ({ key }, { expiresInSeconds }) => `https://signed.example/${key}?ends=${expiresInSeconds}`,
    presignUpload: async ({ key }, options) => {
      if (options.kind !== 'post') throw new Error('only forms here')
      const fields = { key, 'content-type': options.contentType, max: String(options.maxBytes) }
      return { method: 'POST', url: 'https://bucket.example', fields, expiresAt: new Date(0) }
    },
  })
}

interface Site {
  readonly app: Express
  readonly driver: StorageDriver & { readonly calls: string[] }
}

/** One server of the fleet; hand in the driver of another one to share its bucket. */
async function serve(
  driver: StorageDriver = new MemoryDriver(),
  options: Partial<CropperOptions> = {},
  routes: Partial<AvatarRouterOptions> = {},
): Promise<Site> {
  const counted = counting(signing(driver))
  const cropper = await openCropper(counted, options)
  counted.calls.length = 0
  const app = express()
  app.use(
    '/avatars',
    avatarRouter({
      cropper,
      authenticate: (req) => req.get('x-user'),
      origins: ['https://app.example'],
      server: 'one',
      onError: () => undefined,
      ...routes,
    }),
  )
  return { app, driver: counted }
}

function upload(app: Express, file = picture, user = 'leo') {
  return request(app).post('/avatars').set('x-user', user).attach('file', file, 'leo.jpg')
}

function post(app: Express, path: string, body: object, user = 'leo') {
  return request(app).post(`/avatars${path}`).set('x-user', user).send(body)
}

describe('the steps in JSON', () => {
  it('carry an avatar through three servers', async () => {
    const bucket = new MemoryDriver()
    const [one, two, three] = [await serve(bucket), await serve(bucket), await serve(bucket)]
    const uploaded = await upload(one.app).expect(201)
    expect(uploaded.body).toMatchObject({
      step: 'crop',
      original: { width: 400, height: 300, type: 'image/jpeg', bytes: picture.length },
      file_relative_path: `/tmp/avatars/leo/${uploaded.body.session}/original`,
      preview: `https://signed.example/tmp/avatars/leo/${uploaded.body.session}/original?ends=300`,
    })
    expect(uploaded.headers).toMatchObject({ 'x-served-by': 'one', 'cache-control': 'no-store' })
    expect(uploaded.headers['x-request-id']).toBeTruthy()

    const cropped = await post(two.app, '/crop', { token: uploaded.body.token, ...SQUARE }).expect(200)
    expect(cropped.body).toMatchObject({ step: 'save', crop: SQUARE, preview: expect.stringContaining('/crop-') })
    const saved = await post(three.app, '/save', { token: cropped.body.token }).expect(200)
    expect(saved.body.avatar).toMatchObject({ sizes: { 64: expect.any(String), 32: expect.any(String) } })
    expect(saved.body.avatar.url).toBe(saved.body.avatar.sizes[64])
    const list = await request(one.app).get('/avatars').set('x-user', 'leo').expect(200)
    expect(list.body).toEqual({ current: saved.body.avatar, avatars: [saved.body.avatar] })
  })

  it('repeat their answers when they are sent again', async () => {
    const { app } = await serve()
    const { body: uploaded } = await upload(app)
    const { body: cropped } = await post(app, '/crop', { token: uploaded.token, ...SQUARE })
    const first = await post(app, '/save', { token: cropped.token }).expect(200)
    const second = await post(app, '/save', { token: cropped.token }).expect(200)
    expect(second.body).toEqual(first.body)
  })

  it('upload straight to the bucket', async () => {
    const { app, driver } = await serve()
    const offered = await post(app, '/direct', { filename: 'leo.jpg', type: 'image/jpeg', bytes: picture.length })
    expect(offered.status).toBe(201)
    expect(offered.body.upload).toMatchObject({ method: 'POST', url: 'https://bucket.example' })
    expect(driver.calls).toEqual([])
    await post(app, '/direct/complete', { token: offered.body.token }).expect(409)

    await new Avatars(driver).put(offered.body.upload.fields.key, picture, { contentType: 'image/jpeg' })
    const completed = await post(app, '/direct/complete', { token: offered.body.token }).expect(201)
    expect(completed.body).toMatchObject({ step: 'crop', original: { width: 400, height: 300 } })
    const again = await post(app, '/direct/complete', { token: offered.body.token }).expect(201)
    expect(again.body).toEqual(completed.body)
  })

  it('renew a preview', async () => {
    const { app } = await serve()
    const { body } = await upload(app)
    const renewed = await post(app, '/preview', { token: body.token }).expect(200)
    expect(renewed.body).toEqual({ preview: body.preview })
  })
})

describe('earlier avatars', () => {
  it('are chosen and removed', async () => {
    const { app } = await serve()
    const ids: string[] = []
    for (const x of [0, 10]) {
      const { body: uploaded } = await upload(app)
      const { body: cropped } = await post(app, '/crop', { token: uploaded.token, ...SQUARE, x })
      ids.push((await post(app, '/save', { token: cropped.token })).body.avatar.id)
    }
    const [first, second] = ids
    const list = async () => (await request(app).get('/avatars').set('x-user', 'leo')).body
    expect((await list()).current.id).toBe(second)
    const chosen = await request(app).put('/avatars/current').set('x-user', 'leo').send({ id: first }).expect(200)
    expect(chosen.body.avatar.id).toBe(first)
    expect((await list()).current.id).toBe(first)
    await request(app).delete(`/avatars/${first}`).set('x-user', 'leo').expect(204)
    await request(app).delete(`/avatars/${first}`).set('x-user', 'leo').expect(204)
    expect((await list()).avatars.map(({ id }: { id: string }) => id)).toEqual([second])
    await post(app, `/${second}/delete`, {}).expect(204)
    expect(await list()).toEqual({ current: null, avatars: [] })
    await request(app).delete('/avatars/unknown').set('x-user', 'leo').expect(404)
    await post(app, '/current', { id: 'unknown' }).expect(404)
  })

  it('are shown at one stable address, or a default picture is', async () => {
    const { app } = await serve(
      undefined,
      {},
      {
        defaultPicture: (user, edge) => (user === 'nobody' ? undefined : `/default-${edge}.png`),
      },
    )
    const { body: uploaded } = await upload(app)
    const { body: cropped } = await post(app, '/crop', { token: uploaded.token, ...SQUARE })
    const { body: saved } = await post(app, '/save', { token: cropped.token })
    const location = async (path: string) => {
      const { headers } = await request(app).get(`/avatars/of/${path}`).expect(302)
      expect(headers['cache-control']).toBe('public, max-age=60')
      return headers.location
    }
    expect(await location('leo/20')).toBe(saved.avatar.sizes[32])
    expect(await location('leo/33')).toBe(saved.avatar.sizes[64])
    expect(await location('leo/900')).toBe(saved.avatar.sizes[64])
    expect(await location('mia%40example.org/48')).toBe('/default-48.png')
    await request(app).get('/avatars/of/nobody/48').expect(404)
    for (const edge of ['0', '2049', '-1', '1.5', 'x']) await request(app).get(`/avatars/of/leo/${edge}`).expect(400)
  })
})

describe('refusals', () => {
  it('ask for somebody who is signed in', async () => {
    const { app, driver } = await serve()
    for (const [method, path] of [
      ['post', ''],
      ['post', '/direct'],
      ['post', '/direct/complete'],
      ['post', '/crop'],
      ['post', '/save'],
      ['post', '/preview'],
      ['get', ''],
      ['put', '/current'],
      ['delete', '/x'],
    ] as const) {
      const { body } = await request(app)[method](`/avatars${path}`).expect(401)
      expect(body).toMatchObject({ code: 'unauthenticated', status: 401 })
    }
    expect(driver.calls).toEqual([])
  })

  it('keep out pages of other sites', async () => {
    const { app, driver } = await serve()
    const refused = await post(app, '/save', { token: 'x' }).set('Origin', 'https://evil.example').expect(403)
    expect(refused.body.code).toBe('cross-origin')
    await post(app, '/save', { token: 'x' }).set('Sec-Fetch-Site', 'cross-site').expect(403)
    const ours = await post(app, '/save', { token: 'x' }).set('Origin', 'https://app.example')
    expect(ours.body.code).toBe('token-invalid')
    expect(driver.calls).toEqual([])
  })

  it('ask nobody about tokens that are forged, expired, foreign or of another step', async () => {
    const { app, driver } = await serve()
    const { body } = await upload(app)
    driver.calls.length = 0
    const refusal = async (path: string, token: string, user?: string) => {
      const { body, status, type } = await post(app, path, { token, ...SQUARE }, user)
      expect(type).toBe('application/problem+json')
      return [status, body.code]
    }
    const [head, claims, signature] = body.token.split('.')
    const forged = [head, claims, [...signature].reverse().join('')].join('.')
    expect(await refusal('/crop', forged)).toEqual([403, 'token-invalid'])
    expect(await refusal('/crop', body.token, 'mia')).toEqual([403, 'token-user-mismatch'])
    expect(await refusal('/save', body.token)).toEqual([409, 'step-out-of-order'])
    expect(await refusal('/direct/complete', body.token)).toEqual([409, 'step-out-of-order'])
    vi.useFakeTimers({ now: Date.now() + 3 * 3600_000, toFake: ['Date'] })
    expect(await refusal('/crop', body.token)).toEqual([403, 'token-expired'])
    expect(await refusal('/preview', body.token)).toEqual([403, 'token-expired'])
    expect(driver.calls).toEqual([])
  })

  it('name the field, what was expected and what came', async () => {
    const { app } = await serve()
    const { body } = await upload(app)
    const refusal = async (crop: object) => (await post(app, '/crop', { token: body.token, ...crop })).body
    expect(await refusal({ ...SQUARE, x: 'left' })).toMatchObject({
      code: 'invalid-request',
      field: 'x',
      detail: 'expected x to be a number; received "left"',
    })
    expect(await refusal({ ...SQUARE, x: '0' })).toMatchObject({ code: 'invalid-request', field: 'x' })
    expect(await refusal({ ...SQUARE, width: 90 })).toMatchObject({ code: 'invalid-request', field: 'crop.height' })
    expect(await refusal({ ...SQUARE, x: 350 })).toMatchObject({ code: 'crop-out-of-bounds', status: 400 })
    expect(await refusal({ ...SQUARE, scaleX: 2 })).toMatchObject({ code: 'invalid-request', field: 'crop.scaleX' })
    expect((await post(app, '/crop', { ...SQUARE })).body).toMatchObject({ code: 'invalid-request', field: 'token' })
    const text = await request(app).post('/avatars/save').set('x-user', 'leo').type('text').send('token')
    expect(text.body).toMatchObject({ code: 'invalid-request', detail: expect.stringContaining('text/plain') })
    const broken = await request(app).post('/avatars/save').set('x-user', 'leo').type('json').send('{"token":')
    expect(broken.body).toMatchObject({ status: 400, code: 'invalid-request' })
    const huge = await post(app, '/save', { token: 'x'.repeat(40_000) })
    expect(huge.status).toBe(413)
  })

  it('store nothing of a file that is no picture, too large, or too many pixels', async () => {
    const bucket = new MemoryDriver()
    const { app, driver } = await serve(bucket, { maxUploadBytes: 50_000, limits: { maxPixels: 200_000 } })
    const refusal = async (file: Buffer) => {
      const { status, body } = await upload(app, file)
      return [status, body.code]
    }
    expect(await refusal(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toEqual([415, 'image-unsupported'])
    expect(await refusal(Buffer.alloc(0))).toEqual([415, 'image-unsupported'])
    expect(await refusal(await noise())).toEqual([413, 'file-too-large'])
    expect(await refusal(await quarters(600, 400))).toEqual([413, 'image-too-large'])
    expect(await refusal(picture.subarray(0, picture.length - 100))).toEqual([422, 'image-corrupt'])
    const none = await request(app).post('/avatars').set('x-user', 'leo').field('name', 'leo').expect(400)
    expect(none.body.code).toBe('invalid-request')
    const json = await post(app, '', { file: 'leo.jpg' })
    expect(json.status).toBe(415)
    expect(driver.calls).toEqual([])
  })

  it('tell that the session is over when its picture is gone or changed', async () => {
    const { app, driver } = await serve()
    const { body } = await upload(app)
    const key = `tmp/avatars/leo/${body.session}/original`
    const at = { bucket: 'avatars-smashing', key }
    await driver.put(at, { kind: 'bytes', bytes: Buffer.from('other') }, { attributes: {}, mode: 'overwrite' })
    for (const path of ['/crop', '/preview']) {
      const changed = await post(app, path, { token: body.token, ...SQUARE }).expect(409)
      expect(changed.body.code).toBe('original-changed')
    }
    await driver.delete(at, {})
    for (const path of ['/crop', '/preview']) {
      const gone = await post(app, path, { token: body.token, ...SQUARE }).expect(410)
      expect(gone.body.code).toBe('session-expired')
    }
  })

  it('refuse direct uploads that could not be accepted', async () => {
    const { app } = await serve(undefined, { maxUploadBytes: 50_000 })
    const refusal = async (file: object) => {
      const { status, body } = await post(app, '/direct', file)
      return [status, body.code]
    }
    expect(await refusal({ type: 'image/svg+xml', bytes: 9 })).toEqual([415, 'image-unsupported'])
    expect(await refusal({ type: 'image/png', bytes: 50_001 })).toEqual([413, 'file-too-large'])
    expect(await refusal({ type: 'image/png', bytes: 0 })).toEqual([400, 'invalid-request'])
    expect(await refusal({ type: 'image/png' })).toEqual([400, 'invalid-request'])
  })

  it('say when the bucket does not answer, and when the server is at fault, without details', async () => {
    const answer = async (code: StoreErrorCode) => {
      const broken = around(new MemoryDriver(), {
        get: async () => {
          throw new Error('connect https://key:secret@bucket.example')
        },
        explain: () => ({ code, message: 'it failed' }),
      })
      const seen: unknown[] = []
      const { app } = await serve(broken, {}, { onError: (error) => seen.push(error) })
      const { status, body, headers, text } = await request(app).get('/avatars').set('x-user', 'leo')
      expect(text).not.toMatch(/secret|avatar\.json/)
      expect(seen).toHaveLength(1)
      return [status, body.code, headers['retry-after'] !== undefined]
    }
    expect(await answer('unavailable')).toEqual([503, 'store-unavailable', true])
    expect(await answer('permission-denied')).toEqual([500, 'internal-error', false])
  })
})

describe('a browser without scripts', () => {
  const pages = { upload: '/me/upload', crop: '/me/crop', save: '/me/save', done: '/me' }
  const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8'

  it('is led from page to page, each tab by its own session, with no token in an address', async () => {
    const { app, driver } = await serve(undefined, {}, { pages })
    const agent = request.agent(app)
    agent.set('x-user', 'leo').set('Accept', HTML)
    const step = async (path: string, form: Record<string, string>) => {
      const { headers } = await agent.post(`/avatars${path}`).type('form').send(form).expect(303)
      expect(headers.vary).toContain('Accept')
      return headers.location as string
    }
    const begun = await agent.post('/avatars').attach('file', picture, 'leo.jpg').expect(303)
    expect(begun.headers.location).toMatch(/^\/me\/crop\?session=[0-9a-f]{32}$/)
    expect(begun.headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Lax$/)
    const session = new URL(begun.headers.location as string, 'http://x').searchParams.get('session') as string

    const crop = { y: '0', width: '100', height: '100', rotate: '', file_relative_path: '/only/a/label.jpg' }
    const tabs = await Promise.all(['0', '50'].map((x) => step('/crop', { session, x, ...crop })))
    const references = tabs.map((page) => new URL(page, 'http://x').searchParams.get('session') as string)
    expect(new Set(references).size).toBe(2)
    for (const reference of references) expect(await step('/save', { session: reference })).toBe('/me')
    expect(await keysOf(new Avatars(driver), 'uploads/')).toHaveLength(4)

    const { body } = await request(app).get('/avatars').set('x-user', 'leo')
    expect(body.avatars).toHaveLength(2)
    expect(await step('/current', { id: body.avatars[1].id })).toBe('/me')
    expect(await step(`/${body.avatars[0].id}/delete`, {})).toBe('/me')
  })

  it('gets refusals as a page, with their status', async () => {
    const { app } = await serve(undefined, {}, { pages })
    const form = { session: 'a'.repeat(32) }
    const { status, type, text } = await post(app, '/save', form).type('form').set('Accept', HTML)
    expect([status, type]).toEqual([403, 'text/html'])
    expect(text).toContain('upload the picture again')
    expect(text).toContain('href="/me/upload"')
    const scripted = await post(app, '/save', form).expect(403)
    expect(scripted.type).toBe('application/problem+json')
  })

  it.each([
    ['nine of them', 9, 'token', ['avatar-0', 'avatar-1', 'avatar-2', 'avatar-3']],
    ['five with long tokens', 5, 't'.repeat(2000), ['avatar-0', 'avatar-1']],
    ['one of an endless token', 1, 't'.repeat(8000), ['avatar-0']],
  ])('keeps no more sessions than its headers can carry: %s', async (_, count, token, gone) => {
    const { app } = await serve(undefined, {}, { pages })
    const jar = Array.from({ length: count }, (_, at) => `avatar-${String(at).repeat(32)}=${token}`).join('; ')
    const { headers } = await upload(app).set('Accept', HTML).set('Cookie', jar).expect(303)
    const cleared = (headers['set-cookie'] as unknown as string[]).filter((cookie) =>
      cookie.includes('Expires=Thu, 01 Jan 1970'),
    )
    expect(cleared.map((cookie) => cookie.slice(0, 8)).sort()).toEqual(gone)
  })

  it('keeps the cookies of the application, whatever their names and values', async () => {
    const { app } = await serve(undefined, {}, { pages })
    const jar = Array.from({ length: 9 }, (_, at) => `avatar-theme(${at})=dark`).join('; ')
    const { headers } = await upload(app).set('Accept', HTML).set('Cookie', jar).expect(303)
    expect(headers['set-cookie']).toHaveLength(1)
  })
})
