import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Acl, BucketStore } from '@bucket-brigade/core'
import { DiskDriver } from '@bucket-brigade/core/disk'
import { diskObjects } from '@bucket-brigade/express'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AvatarCropper } from '../../src/index.js'
import { avatarRouter } from '../../src/router/index.js'
import { SECRET, SQUARE } from '../avatars.js'
import { noise } from '../pictures.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars-smashing'
  override readonly acl: Acl = 'public-read'
}

let directory: string
let server: Server
let origin: string
let picture: Buffer

beforeAll(async () => {
  picture = await noise(500, 400)
  directory = await mkdtemp(join(tmpdir(), 'avatars-'))
  server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const driver = new DiskDriver({ directory, baseUrl: `${origin}/objects`, secrets: [SECRET] })
  const cropper = await AvatarCropper.open({ store: new Avatars(driver), secrets: [SECRET], edges: [64] })
  const app = express()
  app.use('/objects', diskObjects(driver))
  app.use('/avatars', avatarRouter({ cropper, authenticate: () => 'leo', origins: 'same-host' }))
  server.on('request', app)
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(directory, { recursive: true })
})

/** What the page reads of the answers, all steps together. */
interface Answer {
  readonly code: string
  readonly token: string
  readonly preview: string
  readonly file_relative_path: string
  readonly upload: Offered
  readonly avatar: { readonly url: string }
}

async function post(path: string, body: object): Promise<{ readonly status: number; readonly body: Answer }> {
  const reply = await fetch(`${origin}/avatars${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: reply.status, body: (await reply.json()) as Answer }
}

interface Offered {
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
}

async function send({ url, fields }: Offered, bytes: Buffer): Promise<number> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([Uint8Array.from(bytes)], { type: 'image/jpeg' }), 'leo.jpg')
  return (await fetch(url, { method: 'POST', body: form })).status
}

describe('a browser that uploads straight to the bucket', () => {
  it('crops and saves what it put there, seeing each picture on the way', async () => {
    const offered = await post('/direct', { filename: 'leo.jpg', type: 'image/jpeg', bytes: picture.length })
    expect(offered.status).toBe(201)
    expect(await send(offered.body.upload, picture)).toBeLessThan(300)
    const accepted = await post('/direct/complete', { token: offered.body.token })
    expect(accepted).toMatchObject({ status: 201, body: { original: { width: 500, height: 400 } } })
    const shown = await fetch(accepted.body.preview)
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(picture)

    const cropped = await post('/crop', { token: accepted.body.token, ...SQUARE })
    expect((await fetch(cropped.body.preview)).headers.get('content-type')).toBe('image/jpeg')
    const { body } = await post('/save', { token: cropped.body.token })
    expect((await fetch(body.avatar.url)).status).toBe(200)
    const address = await fetch(`${origin}/avatars/of/leo/64`, { redirect: 'manual' })
    expect(address.headers.get('location')).toBe(body.avatar.url)
  })

  it('shows nobody an original or a pointer without a signed address', async () => {
    const offered = await post('/direct', { type: 'image/jpeg', bytes: picture.length })
    await send(offered.body.upload, picture)
    for (const key of [offered.body.file_relative_path, '/state/avatars/leo/avatar.json']) {
      expect((await fetch(`${origin}/objects/avatars-smashing${key}`)).status).toBeGreaterThanOrEqual(400)
    }
  })

  it('cannot put more there than it announced', async () => {
    const offered = await post('/direct', { type: 'image/jpeg', bytes: picture.length - 1 })
    expect(await send(offered.body.upload, picture)).toBeGreaterThanOrEqual(400)
    expect((await post('/direct/complete', { token: offered.body.token })).body.code).toBe('step-out-of-order')
  })
})
