import { buffer } from 'node:stream/consumers'
import express from 'express'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directUploads } from '../../src/index.js'
import { appOptions, MIB, sendForm, sendPart, UploadFleet } from './upload-fleet.js'

const FILE = Buffer.alloc(6 * MIB + 1, 'uppy ')

let fleet: UploadFleet

beforeAll(async () => {
  fleet = await UploadFleet.start({ maxBytes: 12 * MIB })
})

afterAll(() => fleet.stop())

function paramsOf(more: Readonly<Record<string, string>> = {}): string {
  return `/s3/params?${new URLSearchParams({ filename: 'a b.png', type: 'image/png', 'metadata[name]': 'a b.png', ...more })}`
}

/** An upload in parts, and its paths. */
async function create(metadata: object = { name: 'film.mp4', type: 'video/mp4' }) {
  const { status, body } = await fleet.post('/s3/multipart', { filename: 'film.mp4', type: 'video/mp4', metadata })
  expect(status).toBe(200)
  const path = `/s3/multipart/${encodeURIComponent(body.uploadId)}`
  return { ...body, path, query: `?key=${encodeURIComponent(body.key)}` }
}

async function sendBoth({ path, query }: { readonly path: string; readonly query: string }) {
  const { presignedUrls } = (await fleet.ask('GET', `${path}/batch${query}&partNumbers=1,2`, { server: 1 })).body
  const etags = [
    await sendPart(presignedUrls['1'] ?? '', FILE.subarray(0, 5 * MIB)),
    await sendPart(presignedUrls['2'] ?? '', FILE.subarray(5 * MIB)),
  ]
  return etags.map((ETag, index) => ({ PartNumber: index + 1, ETag }))
}

describe('a file in one piece', () => {
  it('gets a form with a concrete key, an absolute address and no redirect', async () => {
    const { status, body, headers } = await fleet.ask('GET', paramsOf())
    expect(status).toBe(200)
    expect(body).toEqual({ method: 'POST', url: expect.stringMatching(/^http:/), fields: expect.any(Object) })
    expect(headers.has('i-am')).toBe(false)
    const { key = '', ...fields } = body.fields
    expect(key).toMatch(/^tmp\/uploads\/leo\/[0-9a-f]{32}\/a-b\.png$/)
    expect(Object.keys(fields).join().toLowerCase()).not.toMatch(/redirect|(^|,)file/)
    expect((await sendForm(body.url, body.fields, FILE)).ok).toBe(true)
    expect(await fleet.store.head(key)).toMatchObject({ contentType: 'image/png', size: FILE.length })
    expect((await sendForm(body.url, body.fields, Buffer.alloc(13 * MIB))).status).toBe(413)
  })

  it.each(['simple', 'extended'])('tells keyFor its metadata, as the query parser "%s" reads them', async (parser) => {
    const seen: unknown[] = []
    const app = express().set('query parser', parser)
    const keyFor = (file: { readonly metadata: object; readonly bytes: number | undefined }) => {
      seen.push(file.metadata, file.bytes)
      return 'albums/one.png'
    }
    app.use(directUploads(appOptions(fleet.store, { keyFor })))
    const path = paramsOf({ 'metadata[album]': 'holidays', 'metadata[size]': '7' })
    const answer = await supertest(app).get(path).set('x-user', 'leo')
    expect(answer.body.fields.key).toBe('albums/one.png')
    expect(seen).toEqual([{ name: 'a b.png', album: 'holidays', size: '7' }, 7])
  })

  it('goes through this server where the service takes no forms, and no further than was signed', async () => {
    const own = await UploadFleet.start({ singleUploads: 'PUT', maxBytes: 7 * MIB })
    try {
      const { url, fields } = (await own.ask('GET', paramsOf(), { server: 1 })).body
      expect(url).toBe(`${own.bases[1]}/form`)
      const sent = await sendForm(url.replace(own.bases[1], own.bases[0]), fields, FILE)
      expect(sent.ok).toBe(true)
      expect(sent.headers.get('location')).toBe(own.store.publicUrl(fields.key ?? ''))
      expect(sent.headers.get('etag')).toBe((await own.store.head(fields.key ?? '')).etag)
      const changes = [
        ['key', 'uploads/mine'],
        ['token', 'x'],
        ['token', `${fields.token}x`],
      ] as const
      for (const [name, value] of changes) {
        expect((await sendForm(url, { ...fields, [name]: value }, FILE)).status).toBe(403)
      }
      expect((await sendForm(url, fields, Buffer.alloc(8 * MIB))).status).toBe(413)
    } finally {
      await own.stop()
    }
  })
})

describe('a file in parts', () => {
  it('is signed, listed and completed on any server; repeated, with quotes or without, the answer is the same', async () => {
    const upload = await create()
    const { path, query, key } = upload
    const one = await fleet.ask('GET', `${path}/2${query}`)
    expect(one.body).toEqual({ url: expect.any(String) })
    const parts = await sendBoth(upload)
    expect((await fleet.ask('GET', path + query, { server: 1 })).body).toEqual([
      { ...parts[0], Size: 5 * MIB },
      { ...parts[1], Size: MIB + 1 },
    ])
    const bare = parts.map((part) => ({ ...part, ETag: part.ETag.replaceAll('"', '') }))
    const completed = await fleet.post(`${path}/complete${query}`, { parts: bare })
    expect(completed.status).toBe(200)
    expect(completed.body).toMatchObject({ key, location: fleet.store.publicUrl(key) })
    expect(completed.body).not.toHaveProperty('error')
    const again = await fleet.post(`${path}/complete${query}`, { parts }, { server: 1 })
    expect(again.body).toEqual(completed.body)
    expect((await buffer((await fleet.store.get(key)).body)).equals(FILE)).toBe(true)
  })

  it('is dropped by DELETE, which answers JSON, and again', async () => {
    const upload = await create()
    await sendBoth(upload)
    for (const server of [0, 1] as const) {
      expect(await fleet.ask('DELETE', upload.path + upload.query, { server })).toMatchObject({ status: 200, body: {} })
    }
    expect(await fleet.store.unfinishedUploads()).toEqual([])
    expect((await fleet.ask('GET', upload.path + upload.query)).status).toBe(410)
  })

  it('that turns out larger than allowed, or other than its page said, is refused and dropped', async () => {
    const upload = await create({ size: FILE.length - 1 })
    const parts = await sendBoth(await create({ size: String(FILE.length + 1) }))
    expect(parts).toHaveLength(2)
    const wrong = await create({ size: String(FILE.length + 1) })
    const answer = await fleet.post(`${wrong.path}/complete${wrong.query}`, { parts: await sendBoth(wrong) })
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid-request' } })
    expect((await fleet.ask('GET', wrong.path + wrong.query)).status).toBe(410)
    const { status, body } = await fleet.ask('GET', `${upload.path}/4${upload.query}`)
    expect({ status, body }).toMatchObject({ status: 413, body: { error: 'file-too-large', maxBytes: 12 * MIB } })
    const large = await create()
    const { url } = (await fleet.ask('GET', `${large.path}/1${large.query}`)).body
    const ETag = await sendPart(url, Buffer.alloc(13 * MIB))
    const refused = await fleet.post(`${large.path}/complete${large.query}`, { parts: [{ PartNumber: 1, ETag }] })
    expect(refused).toMatchObject({ status: 413, body: { error: 'file-too-large' } })
    expect((await fleet.ask('GET', large.path + large.query)).status).toBe(410)
  })

  it('whose list of parts is nearly a megabyte is read', async () => {
    const upload = await create()
    const parts = Array.from({ length: 10_000 }, (_, index) => ({ PartNumber: index + 1, ETag: `"${'0'.repeat(60)}"` }))
    expect(JSON.stringify({ parts }).length).toBeGreaterThan(900_000)
    const answer = await fleet.post(`${upload.path}/complete${upload.query}`, { parts })
    expect(answer).toMatchObject({ status: 409, body: { error: 'step-out-of-order' } })
  })
})

describe('refusals', () => {
  it('are said in the words that these clients show', async () => {
    const stranger = await fleet.ask('GET', paramsOf(), { user: '' })
    expect(stranger.status).toBe(401)
    const { body, status } = await fleet.ask('GET', paramsOf({ type: 'text/html' }))
    expect(status).toBe(415)
    expect(body).toMatchObject({ error: 'type-unsupported', code: 'type-unsupported', message: body.detail })
    expect(body.message).toContain('choose another file')
  })

  it('of temporary credentials are plain', async () => {
    const { status, body } = await fleet.ask('GET', '/s3/sts')
    expect(status).toBe(404)
    expect(body.message).toContain('no temporary credentials')
  })

  it('of a key that is not the upload’s, and of odd parts', async () => {
    const { path, query } = await create()
    const other = await create()
    expect(await fleet.ask('GET', path + other.query)).toMatchObject({ status: 403, body: { error: 'token-invalid' } })
    expect((await fleet.ask('GET', path)).status).toBe(400)
    for (const number of ['0', '10001', 'x', '1.5'])
      expect((await fleet.ask('GET', `${path}/${number}${query}`)).status).toBe(400)
    for (const parts of [undefined, {}, [{}], [{ PartNumber: '1', ETag: 'x' }], [{ PartNumber: 1 }]]) {
      expect((await fleet.post(`${path}/complete${query}`, { parts })).status).toBe(400)
    }
  })
})
