import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Acl, BucketStore, type StorageDriver } from '@bucket-brigade/core'
import { DiskDriver } from '@bucket-brigade/core/disk'
import { diskObjects } from '@bucket-brigade/express'
import express, { type Request } from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AvatarCropper, type CropperOptions, type SessionState } from '../../src/index.js'
import { type AvatarForm, avatarForm, avatarRouter, avatarSession } from '../../src/router/index.js'
import { PATIENT, SECRET, SQUARE } from '../avatars.js'
import { noise } from '../pictures.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars-smashing'
  override readonly acl: Acl = 'public-read'
}

const PAGES = { upload: '/choose', crop: '/crop', save: '/save', done: '/me' }

let directory: string
let picture: Buffer
let objects: Listening
let one: Listening
let two: Listening

beforeAll(async () => {
  picture = await noise(500, 400)
  directory = await mkdtemp(join(tmpdir(), 'avatars-'))
  objects = await listen()
  const driver = new DiskDriver({ directory, baseUrl: `${objects.origin}/objects`, secrets: [SECRET] })
  objects.server.on('request', express().use('/objects', diskObjects(driver)))
  one = await serve(driver)
  two = await serve(driver, { directUploads: 'PUT' })
})
afterAll(async () => {
  for (const { server } of [objects, one, two]) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  await rm(directory, { recursive: true, maxRetries: 5 })
})

interface Listening {
  readonly server: Server
  readonly origin: string
  /** Bytes that came in at its sockets. */
  received(): number
}

async function listen(): Promise<Listening> {
  // A machine that stands still for longer would close connections that clients are about to use.
  const server = createServer({ keepAliveTimeout: 0 }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const sockets: Socket[] = []
  server.on('connection', (socket) => sockets.push(socket))
  const received = () => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0)
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

/** One server of the application. The bucket is elsewhere. */
async function serve(driver: StorageDriver, options: Partial<CropperOptions> = {}): Promise<Listening> {
  const store = new Avatars(driver)
  const cropper = await AvatarCropper.open({ ...PATIENT, store, secrets: [SECRET], edges: [64], ...options })
  const listening = await listen()
  const authenticate = (req: Request) => req.get('x-user') ?? 'leo'
  const app = express()
  app.use('/avatars', avatarRouter({ cropper, authenticate, origins: 'same-host', pages: PAGES, onError: () => {} }))
  app.get('/choose', async (req, res) => {
    res.json((await avatarForm(req, res, { cropper, user: authenticate(req), avatars: '/avatars' })) ?? 'no form')
  })
  app.get('/crop', async (req, res) => {
    res.json((await avatarSession(req, cropper, authenticate(req))) ?? 'no session')
  })
  listening.server.on('request', app)
  return listening
}

/** What the page reads of the answers, all steps together. */
interface Answer {
  readonly code: string
  readonly token: string
  readonly preview: string
  readonly file_relative_path: string
  readonly upload: Upload
  readonly avatar: { readonly url: string }
}

interface Upload {
  readonly method: string
  readonly url: string
  readonly fields?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly expiresAt: string
}

async function post(
  path: string,
  body: object,
  { origin = one.origin, user = 'leo' } = {},
): Promise<{ readonly status: number; readonly body: Answer }> {
  const reply = await fetch(`${origin}/avatars${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': user },
    body: JSON.stringify(body),
  })
  return { status: reply.status, body: (await reply.json()) as Answer }
}

function formOf(fields: Readonly<Record<string, string>>, bytes: Buffer): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([Uint8Array.from(bytes)], { type: 'image/jpeg' }), 'leo.jpg')
  return form
}

async function send({ method, url, fields, headers = {} }: Upload, bytes: Buffer): Promise<number> {
  const body = fields ? formOf(fields, bytes) : Uint8Array.from(bytes)
  const reply = await fetch(url, { method, headers, body })
  await reply.arrayBuffer()
  return reply.status
}

function announced(bytes: number) {
  return { filename: 'leo.jpg', type: 'image/jpeg', bytes }
}

describe('a browser that uploads straight to the bucket', () => {
  it('crops and saves what it put there, seeing each picture on the way', async () => {
    const offered = await post('/direct', announced(picture.length))
    expect(offered).toMatchObject({ status: 201, body: { upload: { method: 'POST' } } })
    expect(Date.parse(offered.body.upload.expiresAt)).toBeGreaterThan(Date.now())
    expect(await send(offered.body.upload, picture)).toBeLessThan(300)
    const accepted = await post('/direct/complete', { token: offered.body.token })
    expect(accepted).toMatchObject({ status: 201, body: { original: { width: 500, height: 400 } } })
    const shown = await fetch(accepted.body.preview)
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(picture)

    const cropped = await post('/crop', { token: accepted.body.token, ...SQUARE })
    expect((await fetch(cropped.body.preview)).headers.get('content-type')).toBe('image/jpeg')
    const { body } = await post('/save', { token: cropped.body.token })
    expect((await fetch(body.avatar.url)).status).toBe(200)
    const address = await fetch(`${one.origin}/avatars/of/leo/64`, { redirect: 'manual' })
    expect(address.headers.get('location')).toBe(body.avatar.url)
  })

  it('sends the servers less than 2 KB for all of it', async () => {
    const before = one.received()
    const offered = await post('/direct', announced(picture.length))
    await send(offered.body.upload, picture)
    expect((await post('/direct/complete', { token: offered.body.token })).status).toBe(201)
    const sent = one.received() - before
    expect(picture.length).toBeGreaterThan(100_000)
    expect(sent).toBeGreaterThan(300)
    expect(sent).toBeLessThan(2048)
  })

  it('may go by one PUT, which nobody repeats with another file', async () => {
    const offered = await post('/direct', announced(picture.length), two)
    expect(offered.body.upload).toMatchObject({ method: 'PUT' })
    expect(await send(offered.body.upload, picture.subarray(1))).toBeGreaterThanOrEqual(400)
    expect(await send(offered.body.upload, picture)).toBeLessThan(300)
    const swapped = Buffer.from(picture).fill(0, 1000)
    expect(await send(offered.body.upload, swapped)).toBe(412)
    const accepted = await post('/direct/complete', { token: offered.body.token })
    const again = await post('/direct/complete', { token: offered.body.token }, two)
    expect([again.status, again.body.token]).toEqual([201, accepted.body.token])
  })

  it('shows nobody an original or a pointer without a signed address', async () => {
    const offered = await post('/direct', announced(picture.length))
    await send(offered.body.upload, picture)
    for (const key of [offered.body.file_relative_path, '/state/avatars/leo/avatar.json']) {
      expect((await fetch(`${objects.origin}/objects/avatars-smashing${key}`)).status).toBeGreaterThanOrEqual(400)
    }
  })

  it('cannot put more there than it announced, nor something else', async () => {
    const offered = await post('/direct', announced(picture.length - 1))
    expect(await send(offered.body.upload, picture)).toBeGreaterThanOrEqual(400)
    const { upload, token } = (await post('/direct', announced(picture.length))).body
    const forgeries: Record<string, string>[] = [
      { key: 'uploads/users/leo/forged.jpg' },
      { 'Content-Type': 'text/html' },
      { success_action_redirect: 'https://elsewhere.example/' },
    ]
    const statuses = forgeries.map((forged) => send({ ...upload, fields: { ...upload.fields, ...forged } }, picture))
    expect(await Promise.all(statuses)).toEqual([403, 403, 403])
    expect((await post('/direct/complete', { token })).body.code).toBe('step-out-of-order')
  })

  it('goes on with a new address, or takes back what it sent', async () => {
    const { token, upload } = (await post('/direct', announced(picture.length))).body
    const renewed = await post('/direct/renew', { token })
    expect(renewed).toMatchObject({ status: 200, body: { upload: { method: 'POST', url: upload.url } } })
    expect(await send(renewed.body.upload, picture)).toBeLessThan(300)
    expect(await post('/direct/abort', { token })).toEqual({ status: 200, body: {} })
    expect(await post('/direct/abort', { token })).toEqual({ status: 200, body: {} })
    expect((await post('/direct/complete', { token })).body.code).toBe('step-out-of-order')
  })

  it('cannot go on with what is somebody else’s', async () => {
    const { token } = (await post('/direct', announced(picture.length))).body
    for (const route of ['/direct/renew', '/direct/abort', '/direct/complete']) {
      const reply = await post(route, { token }, { user: 'mia' })
      expect([reply.status, reply.body.code]).toEqual([403, 'token-user-mismatch'])
      expect(await post(route, {})).toMatchObject({ status: 400, body: { code: 'invalid-request', field: 'token' } })
    }
  })

  it.each([{ filename: 7 }, { filename: 'x'.repeat(1025) }, { bytes: '12' }, { bytes: 0 }, { type: 'image/svg+xml' }])(
    'is refused where it announces %o',
    async (wrong) => {
      const reply = await post('/direct', { ...announced(100), ...wrong })
      expect(reply.body).toMatchObject({ field: Object.keys(wrong)[0] })
      expect(reply.status).toBe('type' in wrong ? 415 : 400)
    },
  )
})

/** A browser without scripts: it keeps cookies, posts forms and goes where it is sent. */
class PlainBrowser {
  readonly #cookies = new Map<string, string>()

  async go(url: string, form?: FormData): Promise<Response> {
    const headers = { accept: 'text/html', cookie: [...this.#cookies].map((pair) => pair.join('=')).join('; ') }
    const reply = await fetch(url, { method: form ? 'POST' : 'GET', headers, body: form ?? null, redirect: 'manual' })
    for (const cookie of reply.headers.getSetCookie()) {
      const [name = '', value = ''] = cookie.split(';', 1).join().split('=')
      this.#cookies.delete(name)
      if (value !== '') this.#cookies.set(name, value)
    }
    return reply
  }

  get cookies(): readonly string[] {
    return [...this.#cookies.keys()]
  }
}

async function shownForm(browser: PlainBrowser, origin = one.origin): Promise<AvatarForm> {
  const reply = await browser.go(`${origin}/choose`)
  expect(reply.headers.get('cache-control')).toBe('no-store')
  return (await reply.json()) as AvatarForm
}

describe('a page without scripts whose form goes straight to the bucket', () => {
  it('is led back to the page that crops, however often it loads the address again', async () => {
    const browser = new PlainBrowser()
    const form = await shownForm(browser)
    const stored = await browser.go(form.action, formOf(form.fields, picture))
    expect(stored.status).toBe(303)
    const done = stored.headers.get('location') ?? ''
    expect(done).toMatch(new RegExp(`^${one.origin}/avatars/direct/done/${form.session}\\?bucket=`))
    for (let time = 0; time < 2; time++) {
      const accepted = await browser.go(done)
      expect([accepted.status, accepted.headers.get('location')]).toEqual([303, `/crop?session=${form.session}`])
    }
    const session = await browser.go(`${one.origin}/crop?session=${form.session}`)
    const { original, preview } = (await session.json()) as SessionState
    expect(original).toMatchObject({ width: 500, height: 400, type: 'image/jpeg' })
    expect((await fetch(preview ?? '')).headers.get('content-type')).toBe('image/jpeg')
  })

  it('believes nothing that the bucket’s address says, and no browser that was not shown the form', async () => {
    const browser = new PlainBrowser()
    const [form, other] = [await shownForm(browser), await shownForm(browser)]
    await browser.go(form.action, formOf(form.fields, picture))
    const lie = `?bucket=other&key=${encodeURIComponent('tmp/avatars/mia/x/original')}&etag=%22x%22`
    const accepted = await browser.go(`${one.origin}/avatars/direct/done/${form.session}${lie}`)
    expect(accepted.headers.get('location')).toBe(`/crop?session=${form.session}`)
    const early = await browser.go(`${one.origin}/avatars/direct/done/${other.session}`)
    expect([early.status, await early.text()]).toEqual([409, expect.stringContaining('has not arrived yet')])
    const stranger = await new PlainBrowser().go(`${one.origin}/avatars/direct/done/${form.session}`)
    expect([stranger.status, await stranger.text()]).toEqual([403, expect.stringContaining('upload the picture again')])
  })

  it('is told what is wrong with a file that is no picture, and nothing of it stays', async () => {
    const browser = new PlainBrowser()
    const form = await shownForm(browser)
    const stored = await browser.go(form.action, formOf(form.fields, Buffer.from('no picture')))
    const refused = await browser.go(stored.headers.get('location') ?? '')
    expect([refused.status, refused.headers.get('content-type')]).toEqual([415, expect.stringContaining('text/html')])
    const again = await browser.go(stored.headers.get('location') ?? '')
    expect(again.status).toBe(409)
  })

  it('pushes out older forms when it is loaded often, never a picture that was begun', async () => {
    const browser = new PlainBrowser()
    const form = await shownForm(browser)
    const stored = await browser.go(form.action, formOf(form.fields, picture))
    await browser.go(stored.headers.get('location') ?? '')
    for (let time = 0; time < 5; time++) await shownForm(browser)
    expect(browser.cookies.filter((name) => name.startsWith('avatar-form-'))).toHaveLength(3)
    expect(browser.cookies).toContain(`avatar-${form.session}`)
  })

  it('has no such form where uploads are PUTs', async () => {
    expect(await (await new PlainBrowser().go(`${two.origin}/choose`)).json()).toBe('no form')
  })
})
