import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DiskDriver } from '@bucket-brigade/core/disk'
import express, { type Express } from 'express'
import request from 'supertest'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { AvatarCropper } from '../../src/index.js'
import { avatarRouter, type PictureOptions } from '../../src/router/index.js'
import { Avatars, cropped, openCropper, SECRET } from '../avatars.js'
import { quarters } from '../pictures.js'

let picture: Buffer
let cropper: AvatarCropper
beforeAll(async () => {
  picture = await quarters()
  cropper = await openCropper()
  await cropper.save(await cropped(cropper, 'leo', picture))
})

function serve(options: Partial<PictureOptions> = {}): Express {
  const app = express()
  const fixed = { cropper, authenticate: () => undefined, origins: 'same-host' as const, onError: () => undefined }
  app.use('/avatars', avatarRouter({ ...fixed, ...options }))
  return app
}

function get(path: string, options?: Partial<PictureOptions>) {
  return request(serve(options)).get(`/avatars/of/${path}`)
}

describe('the stable address of a picture', () => {
  it('leads to the picture that fits best', async () => {
    expect((await get('leo/40').expect(302)).headers).toMatchObject({
      location: expect.stringMatching(/-64\.jpg$/),
      'cache-control': 'public, max-age=60',
    })
    expect((await get('leo?s=32').expect(302)).headers.location).toMatch(/-32\.jpg$/)
    expect((await get('leo').expect(302)).headers.location).toMatch(/-64\.jpg$/)
    expect((await get('leo?s=20&d=initials').expect(302)).headers.location).toMatch(/-32\.jpg$/)
  })

  it('is kept to whoever was given it, where it is a signed one', async () => {
    class PrivateAvatars extends Avatars {
      override readonly visibility = 'signed'
    }
    const directory = await mkdtemp(join(tmpdir(), 'brigade-signed-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const driver = new DiskDriver({ directory, baseUrl: 'https://app.example/objects', secrets: [SECRET] })
    const signing = await openCropper(driver, { store: new PrivateAvatars(driver) })
    await signing.save(await cropped(signing, 'leo', picture))
    const { headers } = await get('leo/40', { cropper: signing }).expect(302)
    expect(headers).toMatchObject({
      location: expect.stringContaining('x-brigade-signature='),
      'cache-control': 'private, max-age=60',
    })
  })

  it.each(['leo/0', 'leo/2049', 'leo/x', 'leo/1e3', 'leo?s=', 'leo?s=-1', 'leo?s=1&s=2'])(
    'refuses a size that none has: %s',
    async (path) => {
      expect((await get(path).expect(400)).body).toMatchObject({ code: 'invalid-request' })
    },
  )
})

describe('the picture of a user without an avatar', () => {
  it.each(['initials', 'pattern', 'blank'])(
    'is drawn where the request or the application says so: %s',
    async (kind) => {
      for (const response of [
        await get(`mia/96?d=${kind}`),
        await get(`mia?s=96&d=${kind}`),
        await get('mia/96', { defaultPicture: kind as 'initials' }),
      ]) {
        expect(response.status).toBe(200)
        expect(response.headers).toMatchObject({
          'content-type': 'image/svg+xml; charset=utf-8',
          'content-security-policy': "default-src 'none'; sandbox",
          'x-content-type-options': 'nosniff',
          'cache-control': 'public, max-age=60',
        })
        expect(String(response.body)).toContain('width="96" height="96"')
      }
    },
  )

  it.each([
    ['identicon', 'pattern'],
    ['retro', 'pattern'],
    ['mp', 'initials'],
    ['initials', 'initials'],
  ])("is drawn for Gravatar's %s as our %s", async (theirs, ours) => {
    const [asked, drawn] = [await get(`mia/96?d=${theirs}`).expect(200), await get(`mia/96?d=${ours}`).expect(200)]
    expect(String(asked.body)).toBe(String(drawn.body))
  })

  it('is 404 where nothing else is chosen', async () => {
    const { headers, body } = await get('mia/96').expect(404)
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=60', vary: 'Accept-Language' })
    expect(body).toMatchObject({ code: 'not-found', title: expect.any(String) })
    await get('mia/96?d=404', { defaultPicture: 'initials' }).expect(404)
  })

  it('has the initials of the name that the application knows', async () => {
    const response = await get('654/96', { defaultPicture: 'initials', displayName: async () => 'Mia Example' })
    expect(String(response.body)).toContain('>ME</text>')
  })

  it('is safe for every name', async () => {
    const name = '</text><script>alert(1)</script>'
    const response = await get(`${encodeURIComponent(name)}/96?d=initials`, { displayName: () => name })
    expect(String(response.body)).not.toMatch(/script/i)
  })

  it('may be an address of the application', async () => {
    const defaultPicture = (user: string, edge: number) => (user === 'mia' ? `/faces/${edge}.png` : undefined)
    expect((await get('mia/96', { defaultPicture }).expect(302)).headers.location).toBe('/faces/96.png')
    await get('tom/96', { defaultPicture }).expect(404)
  })

  it('leads to no address that the application does not list', async () => {
    const defaultUrls = ['https://cdn.example/nobody.png']
    const asked = (url: string) => get(`mia?d=${encodeURIComponent(url)}`, { defaultUrls })
    const listed = await asked('https://cdn.example/nobody.png').expect(302)
    expect(listed.headers.location).toBe('https://cdn.example/nobody.png')
    for (const url of [
      'https://evil.example/',
      'https://cdn.example/nobody.png?x',
      'https://cdn.example/',
      '//evil.example',
      'javascript:alert(1)',
      '',
    ]) {
      expect((await asked(url).expect(400)).body).toMatchObject({ code: 'invalid-request', field: 'd' })
    }
    await get('mia?d=initials&d=blank', { defaultUrls }).expect(400)
    await get('mia?d[x]=initials', { defaultUrls }).expect(404)
  })
})
