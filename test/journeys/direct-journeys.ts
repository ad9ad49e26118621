import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { AvatarCropper, type CropperOptions } from '@bucket-brigade/avatar-cropper'
import { type AvatarForm, avatarForm, avatarRouter } from '@bucket-brigade/avatar-cropper/router'
import type { BucketStore } from '@bucket-brigade/core'
import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Fleet, SECRETS } from './fleet.js'
import { formOf, type Person, type Problem, type SentUpload, sendToBucket } from './person.js'
import { decode, QUARTERS, quartersPicture } from './pictures.js'

/** Where direct uploads are tried: servers that run already, and the bucket that they share. */
export interface DirectScene {
  readonly fleet: Fleet
  /** With addresses that browsers can use. */
  readonly store: BucketStore
  newPerson(): Promise<Person & { readonly user: string }>
}

const DAY_MILLISECONDS = 24 * 3600 * 1000
const SQUARE = { x: 0, y: 0, width: 120, height: 120 }

/** Pictures that never pass a server, sent by pages with scripts and by plain forms. */
export function describeDirectUploads(scene: () => DirectScene): void {
  /** One more server, in this process, which may be set up differently. */
  const open = (options: Partial<CropperOptions> = {}, store = scene().store) =>
    AvatarCropper.open({ store, secrets: SECRETS, edges: [64], ...options })

  const keysOf = async (user: string): Promise<string[]> =>
    (await scene().store.list(`tmp/avatars/${user}/`).toArray()).map(({ key }) => key)

  describe('whose picture goes straight to the bucket', () => {
    it('is taken on from there by any server, with the same answer from each', async () => {
      const { fleet, newPerson } = scene()
      const person = await newPerson()
      const { token, offered, stored } = await person.uploadDirectly(
        fleet.server(0).origin,
        await quartersPicture(400, 300),
      )
      expect([offered, stored < 300]).toEqual([201, true])
      const completed = await person.complete(fleet.server(1).origin, token)
      expect(completed).toMatchObject({
        status: 201,
        body: { original: { width: 400, height: 300, type: 'image/jpeg' } },
      })
      // The preview's address is signed anew each time.
      const again = await person.complete(fleet.server(2).origin, token)
      expect({ ...again.body, preview: '' }).toEqual({ ...completed.body, preview: '' })
      const crop = await person.crop(fleet.origin, completed.body.token, { ...SQUARE, x: 280 })
      const saved = await person.save(fleet.origin, crop.body.token)
      expect(saved.status).toBe(200)
    })

    it('may be sent by one PUT, and is not replaced by another one', async () => {
      const { fleet, newPerson } = scene()
      const person = await newPerson()
      const picture = await quartersPicture(400, 300)
      const { token, upload } = await (await open({ directUploads: 'PUT' })).offerUpload(
        person.user,
        announced(picture),
      )
      expect(upload.method).toBe('PUT')
      const larger = Buffer.concat([picture, Buffer.from('more')])
      expect(await sendToBucket(upload, fleet.origin, larger)).toBeGreaterThanOrEqual(400)
      expect(await sendToBucket(upload, fleet.origin, picture, 'image/png')).toBeGreaterThanOrEqual(400)
      expect(await sendToBucket(upload, fleet.origin, picture)).toBeLessThan(300)
      expect(await sendToBucket(upload, fleet.origin, Buffer.from(picture).fill(0, 900))).toBeGreaterThanOrEqual(400)
      expect((await person.complete(fleet.origin, token)).status).toBe(201)
    })

    it('is announced anew where the time to send it was over', async () => {
      const { fleet, newPerson } = scene()
      const person = await newPerson()
      const picture = await quartersPicture(400, 300)
      const { token, upload } = await (await open({ offerExpiresInSeconds: 1 })).offerUpload(
        person.user,
        announced(picture),
      )
      // Services count in whole seconds.
      await pause(upload.expiresAt.getTime() + 1100 - Date.now())
      expect(await sendToBucket(upload, fleet.origin, picture)).toBeGreaterThanOrEqual(400)
      const renewed = await person.renew(fleet.server(1).origin, token)
      expect(renewed.status).toBe(200)
      expect(await sendToBucket(renewed.body.upload, fleet.origin, picture)).toBeLessThan(300)
      expect((await person.complete(fleet.server(2).origin, token)).status).toBe(201)
    })

    it('is refused by the bucket where it is not what was signed', async () => {
      const { fleet, newPerson } = scene()
      const person = await newPerson()
      const picture = await quartersPicture(400, 300)
      const { token, upload } = await (await open({ directUploads: 'POST' })).offerUpload(
        person.user,
        announced(picture),
      )
      const forged = (fields: Readonly<Record<string, string>>): SentUpload =>
        upload.method === 'POST' ? { ...upload, fields: { ...upload.fields, ...fields } } : upload
      const attempts = [
        sendToBucket(forged({ key: `uploads/users/${person.user}/forged.jpg` }), fleet.origin, picture),
        sendToBucket(forged({ 'Content-Type': 'text/html' }), fleet.origin, picture),
        sendToBucket(forged({ success_action_redirect: 'https://elsewhere.example/' }), fleet.origin, picture),
        sendToBucket(upload, fleet.origin, Buffer.concat([picture, Buffer.from('more')])),
        sendToBucket(upload, fleet.origin, picture.subarray(1)),
      ]
      for (const status of await Promise.all(attempts)) expect(status).toBeGreaterThanOrEqual(400)
      expect(await scene().store.list(`uploads/users/${person.user}/`).toArray()).toEqual([])
      expectProblem(await person.complete(fleet.origin, token), 409, 'step-out-of-order')
    })

    it('is refused by the servers, and removed, where it is not the picture that was announced', async () => {
      const { fleet, newPerson } = scene()
      const person = await newPerson()
      const sent = await person.uploadDirectly(fleet.origin, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))
      expectProblem(await person.complete(fleet.origin, sent.token), 415, 'image-unsupported')
      expect(await keysOf(person.user)).toEqual([])
    })

    it('is nobody’s but the person’s who announced it', async () => {
      const { fleet, newPerson } = scene()
      const [owner, stranger] = [await newPerson(), await newPerson()]
      const { token } = await owner.uploadDirectly(fleet.origin, await quartersPicture(400, 300))
      expectProblem(await stranger.renew(fleet.origin, token), 403, 'token-user-mismatch')
      expectProblem(await stranger.abort(fleet.origin, token), 403, 'token-user-mismatch')
      expectProblem(await stranger.complete(fleet.origin, token), 403, 'token-user-mismatch')
      expect(await keysOf(owner.user)).toHaveLength(1)
      expect((await owner.abort(fleet.origin, token)).status).toBe(200)
      expect(await keysOf(owner.user)).toEqual([])
    })

    it('is noticed when it is replaced after it was accepted', async () => {
      const { fleet, newPerson } = scene()
      const person = await newPerson()
      const { token } = await person.uploadDirectly(fleet.origin, await quartersPicture(400, 300))
      const completed = await person.complete(fleet.origin, token)
      const cropped = await person.crop(fleet.origin, completed.body.token, SQUARE)
      await scene().store.put(completed.body.file_relative_path, await quartersPicture(300, 400), {
        contentType: 'image/jpeg',
      })
      expectProblem(await person.crop(fleet.origin, completed.body.token, SQUARE), 409, 'original-changed')
      expectProblem(await person.save(fleet.origin, cropped.body.token), 409, 'original-changed')
    })

    it('leaves nothing but what is swept, where its tab is closed on the way', async () => {
      const { fleet, newPerson } = scene()
      const person = await newPerson()
      const picture = await quartersPicture(400, 300)
      const interrupted = await person.offer(fleet.origin, announced(picture))
      await sendHalf(interrupted.body.upload, fleet.origin, picture)
      const { token } = await person.uploadDirectly(fleet.origin, picture)
      expect(await keysOf(person.user)).toHaveLength(1)
      expect(await scene().store.list(`uploads/users/${person.user}/`).toArray()).toEqual([])
      const report = await (await open({}, aDayLater(scene().store))).sweep('delete')
      expect(report.failed).toBe(0)
      expect(await keysOf(person.user)).toEqual([])
      expectProblem(await person.complete(fleet.origin, token), 409, 'step-out-of-order')
    })

    it('may come from a plain form, which leads back to the page that crops', async () => {
      const { fleet, newPerson } = scene()
      const person = await newPerson()
      const page = await startPage(await open(), person.user)
      const shown = await fetch(`${page}/choose`)
      const form = (await shown.json()) as AvatarForm | null
      if (form === null) {
        // The service of TEST_BUCKET_URL has no forms: then pages post to a server.
        const offer = await person.offer(fleet.origin, announced(Buffer.alloc(100)))
        expect(offer.body.upload.method).toBe('PUT')
        return
      }
      const file = new Blob([Uint8Array.from(await quartersPicture(400, 300))], { type: 'image/jpeg' })
      const stored = await fetch(new URL(form.action, fleet.origin), {
        method: 'POST',
        body: formOf(form.fields, file),
        redirect: 'manual',
      })
      expect([stored.status, await stored.text()]).toEqual([303, expect.anything()])
      const done = new URL(stored.headers.get('location') ?? '')
      expect(done.pathname).toBe(`/avatars/direct/done/${form.session}`)
      expect(done.searchParams.get('bucket')).toBe(scene().store.bucket)
      const cookie = shown.headers.getSetCookie().map((one) => one.split(';', 1)[0])
      const headers = { accept: 'text/html', cookie: cookie.join('; ') }
      const accepted = await fetch(done, { headers, redirect: 'manual' })
      expect([accepted.status, accepted.headers.get('location')]).toEqual([303, `/crop?session=${form.session}`])

      const token = decodeURIComponent(accepted.headers.getSetCookie()[0]?.split(/[=;]/)[1] ?? '')
      const crop = await person.crop(fleet.origin, token, SQUARE)
      const saved = await person.save(fleet.origin, crop.body.token)
      expect(saved.status).toBe(200)
      const preview = await fetch(crop.body.preview)
      const pixels = await decode(Buffer.from(await preview.arrayBuffer()))
      expect(Math.abs(pixels.at(10, 10)[0] - QUARTERS.topLeft[0])).toBeLessThan(12)
    })
  })
}

function announced(picture: Uint8Array) {
  return { type: 'image/jpeg', bytes: picture.length }
}

/** A server in this process whose page shows a form, and whose person is signed in. */
async function startPage(cropper: AvatarCropper, user: string): Promise<string> {
  const pages = { upload: '/choose', crop: '/crop', save: '/save', done: '/' }
  const app = express()
  app.use('/avatars', avatarRouter({ cropper, authenticate: () => user, origins: 'same-host', pages }))
  app.get('/choose', async (req, res) => {
    res.json((await avatarForm(req, res, { cropper, user, avatars: '/avatars' })) ?? null)
  })
  const server: Server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Sends the head of an upload and half of its file, and goes away once the bucket reads. */
async function sendHalf(upload: SentUpload, origin: string, picture: Uint8Array): Promise<void> {
  const whole = new Request(new URL(upload.url, origin), {
    method: upload.method,
    body: upload.method === 'POST' ? formOf(upload.fields, new Blob([Uint8Array.from(picture)])) : Buffer.from(picture),
    headers: upload.method === 'PUT' ? upload.headers : {},
  })
  const body = Buffer.from(await whole.arrayBuffer())
  const sending = request(whole.url, {
    method: whole.method,
    headers: { ...Object.fromEntries(whole.headers), 'content-length': body.length },
  })
  sending.on('error', () => {})
  const gone = new Promise((resolve) => sending.once('close', resolve))
  await new Promise<void>((resolve) => {
    sending.write(body.subarray(0, -Math.floor(picture.length / 2)), () => resolve())
  })
  sending.destroy()
  await gone
}

/** The bucket by another clock: what a sweep asks for the time is dated a day later. */
function aDayLater(store: BucketStore): BucketStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (name === 'head') {
        const head: BucketStore['head'] = async (key, options) => {
          const found = await target.head(key, options)
          const shift = found.key.startsWith('tmp/sweep/') ? 2 * DAY_MILLISECONDS : 0
          return { ...found, lastModified: new Date(found.lastModified.getTime() + shift) }
        }
        return head
      }
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function expectProblem(reply: { readonly status: number; readonly body: unknown }, status: number, code: string): void {
  expect([reply.status, (reply.body as Problem).code]).toEqual([status, code])
}
