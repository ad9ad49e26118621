import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { DriverError, StoreError } from '@bucket-brigade/core'
import { DiskDriver } from '@bucket-brigade/core/disk'
import express from 'express'
import supertest from 'supertest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { diskObjects } from '../../src/index.js'
import { DiskServer, SECRET } from '../disk-server.js'

const PATIENCE = { timeout: 150_000 }

let server: DiskServer

beforeEach(async () => {
  server = await DiskServer.start({ publicPrefixes: ['uploads/'], corsOrigins: ['https://app.example'] })
})

afterEach(() => server.stop())

function at(path: string): string {
  return `${server.base}/pictures/${path}`
}

async function codeOf(answer: Response): Promise<string> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  return ((await answer.json()) as { code: string }).code
}

/** Sends a path as it stands; `fetch` would resolve dots. */
async function rawGet(path: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path }, async (response) => {
      resolve({ status: response.statusCode, body: await text(response) })
    })
      .on('error', reject)
      .end()
  })
}

async function keyIsMissing(key: string): Promise<boolean> {
  return server.store.head(key).then(
    () => false,
    (error) => StoreError.is(error, 'not-found'),
  )
}

describe('who may read', () => {
  it('opens what lies below a public prefix', async () => {
    await server.store.put('uploads/leo.txt', 'hello', { contentType: 'text/plain' })
    const answer = await fetch(server.store.publicUrl('uploads/leo.txt'))
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('hello')
    expect(answer.headers.get('content-type')).toBe('text/plain')
  })

  it('opens what was stored as public-read, and closes it again with the next version', async () => {
    await server.store.put('a.txt', 'open', { acl: 'public-read' })
    expect((await fetch(at('a.txt'))).status).toBe(200)
    await server.store.put('a.txt', 'closed', { acl: 'private' })
    expect((await fetch(at('a.txt'))).status).toBe(403)
  })

  it('tells no stranger whether a private object exists', async () => {
    await server.store.put('tmp/there.txt', 'x')
    const answers = await Promise.all([fetch(at('tmp/there.txt')), fetch(at('tmp/not-there.txt'))])
    expect(answers.map((answer) => answer.status)).toEqual([403, 403])
    expect(await answers[0]?.json()).toEqual(await answers[1]?.json())
  })

  it('does not open a prefix that only begins alike', async () => {
    await server.store.put('uploads2/a.txt', 'x')
    expect((await fetch(at('uploads2/a.txt'))).status).toBe(403)
  })

  it('answers 404 below a public prefix', async () => {
    const answer = await fetch(at('uploads/none.txt'))
    expect(answer.status).toBe(404)
    expect(await codeOf(answer)).toBe('not-found')
  })

  it('opens a private object to whoever holds a signed URL, for GET and HEAD, privately', async () => {
    await server.store.put('tmp/a.txt', 'secret', { cacheControl: 'public, max-age=60' })
    const url = await server.store.signedUrl('tmp/a.txt')
    const answer = await fetch(url)
    expect(await answer.text()).toBe('secret')
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60')
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403)
  })

  it('refuses a signed URL that was changed, stripped, expired or made elsewhere', async () => {
    await server.store.put('tmp/a.txt', 'a')
    await server.store.put('tmp/b.txt', 'b')
    const url = await server.store.signedUrl('tmp/a.txt')
    const foreign = new DiskDriver({
      directory: server.directory,
      baseUrl: server.base,
      secrets: [SECRET.toUpperCase()],
    })
    const location = { bucket: 'pictures', key: 'tmp/a.txt' }
    const urls = [
      url.replace('a.txt', 'b.txt'),
      url.slice(0, url.lastIndexOf('&')),
      `${url}&response-content-type=text%2Fhtml`,
      await server.driver.signedUrl(location, { method: 'GET', expiresInSeconds: -1 }),
      await foreign.signedUrl(location, { method: 'GET', expiresInSeconds: 60 }),
    ]
    for (const changed of urls) {
      const answer = await fetch(changed)
      expect(answer.status).toBe(403)
      expect(await codeOf(answer)).toBe('permission-denied')
    }
  })

  it('gives the type and disposition that a URL was signed with', async () => {
    await server.store.put('tmp/a', 'x')
    const url = await server.store.signedUrl('tmp/a', {
      responseContentType: 'image/png',
      responseContentDisposition: 'inline; filename="a.png"',
    })
    const { headers } = await fetch(url)
    expect(headers.get('content-type')).toBe('image/png')
    expect(headers.get('content-disposition')).toBe('inline; filename="a.png"')
  })

  it('refuses what is signed where the driver has no secrets, and still serves the public', async () => {
    const driver = new DiskDriver({ directory: server.directory })
    await server.store.put('uploads/a.txt', 'x', { contentType: 'text/plain' })
    const app = express().use(diskObjects(driver, { publicPrefixes: ['uploads/'] }))
    expect((await supertest(app).get('/pictures/uploads/a.txt')).status).toBe(200)
    const refused = await supertest(app).put('/pictures/uploads/a.txt').send('y')
    expect(refused.status).toBe(403)
    expect(refused.body.detail).toMatch(/baseUrl and secrets/)
  })
})

describe('keys in paths', () => {
  const keys = [
    'uploads/a b+c.txt',
    'uploads/100%.txt',
    'uploads/%41.txt',
    'uploads/é/日本/🙂.txt',
    "uploads/it's [1]{2}!?#&=;,.txt",
  ]
  for (const key of keys) {
    it(`serves ${key}`, async () => {
      await server.store.put(key, key)
      expect(await (await fetch(server.store.publicUrl(key))).text()).toBe(key)
      expect(await (await fetch(await server.store.signedUrl(key))).text()).toBe(key)
    })
  }

  it('serves a file whose name others wrote decomposed', async () => {
    const key = 'uploads/e\u0301.txt'
    await mkdir(join(server.directory, 'pictures/uploads'), { recursive: true })
    await writeFile(join(server.directory, 'pictures', key), 'by hand')
    expect(await (await fetch(at(encodeURI(key)))).text()).toBe('by hand')
  })

  const refused = [
    '/objects/pictures/uploads/../../secret',
    '/objects/pictures/uploads/%2e%2e/%2e%2e/secret',
    '/objects/pictures/uploads/..%2f..%2fsecret',
    '/objects/pictures/uploads%2fa.txt',
    '/objects/pictures//uploads/a.txt',
    '/objects/pictures/uploads//a.txt',
    '/objects/pictures/uploads/a.txt/',
    '/objects/pictures/uploads/%',
    '/objects/pictures/uploads/%ff',
    '/objects/pictures/uploads/a%00.txt',
    '/objects/pictures/uploads/a%5Cb.txt',
  ]
  for (const path of refused) {
    it(`refuses ${path}`, async () => {
      await writeFile(join(server.directory, 'secret'), 'secret')
      await server.store.put('uploads/a.txt', 'x')
      const { status, body } = await rawGet(path)
      expect(status).toBe(400)
      expect(JSON.parse(body).code).toBe('invalid-request')
    })
  }

  it.each(['/objects/..%2f', '/objects/%2e%2e/secret', '/objects/.brigade/x', '/objects/pictures/.brigade/attributes'])(
    'gives nothing of %s',
    async (path) => {
      const { status } = await rawGet(path)
      expect([400, 403]).toContain(status)
    },
  )
})

describe('answers to readers', () => {
  const body = '0123456789'
  let url: string
  let etag: string
  let lastModified: string

  beforeEach(async () => {
    await server.store.put('uploads/n.txt', body, {
      contentType: 'text/plain',
      cacheControl: 'public, max-age=31536000, immutable',
      contentDisposition: 'inline; filename="n.txt"',
      contentEncoding: 'identity',
    })
    url = server.store.publicUrl('uploads/n.txt')
    const { headers } = await fetch(url)
    etag = headers.get('etag') ?? ''
    lastModified = headers.get('last-modified') ?? ''
  })

  it('carries everything that was stored', async () => {
    const { headers } = await fetch(url)
    expect(Object.fromEntries(headers)).toMatchObject({
      etag: (await server.store.head('uploads/n.txt')).etag,
      'accept-ranges': 'bytes',
      'content-type': 'text/plain',
      'content-length': '10',
      'content-disposition': 'inline; filename="n.txt"',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    })
  })

  it('answers HEAD like GET, without the bytes', async () => {
    const answer = await fetch(url, { method: 'HEAD' })
    expect(answer.headers.get('content-length')).toBe('10')
    expect(await answer.text()).toBe('')
  })

  const ranges: readonly (readonly [string, string, string])[] = [
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=3-5', '345', 'bytes 3-5/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=7-100', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-100', body, 'bytes 0-9/10'],
  ]
  for (const [range, expected, contentRange] of ranges) {
    it(`sends ${range}`, async () => {
      const answer = await fetch(url, { headers: { Range: range } })
      expect(answer.status).toBe(206)
      expect(answer.headers.get('content-range')).toBe(contentRange)
      expect(answer.headers.get('content-length')).toBe(String(expected.length))
      expect(await answer.text()).toBe(expected)
    })
  }

  it.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('answers 416 to %s', async (range) => {
    const answer = await fetch(url, { headers: { Range: range } })
    expect(answer.status).toBe(416)
    expect(answer.headers.get('content-range')).toBe('bytes */10')
    expect(await codeOf(answer)).toBe('range-not-satisfiable')
  })

  it.each(['bytes=5-3', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b', 'bytes=-'])(
    'sends everything for %s',
    async (range) => {
      const answer = await fetch(url, { headers: { Range: range } })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toBe(body)
    },
  )

  it('sends a range only of the version that the client has', async () => {
    const ranged = async (ifRange: string) =>
      (await fetch(url, { headers: { Range: 'bytes=0-1', 'If-Range': ifRange } })).status
    expect(await ranged(etag)).toBe(206)
    expect(await ranged(lastModified)).toBe(206)
    expect(await ranged('"other"')).toBe(200)
    expect(await ranged(`W/${etag}`)).toBe(200)
    expect(await ranged(new Date(0).toUTCString())).toBe(200)
  })

  it('answers 304 to who has it', async () => {
    const sets: readonly Readonly<Record<string, string>>[] = [
      { 'If-None-Match': etag },
      { 'If-None-Match': `W/${etag}, "x"` },
      { 'If-None-Match': '*' },
      { 'If-Modified-Since': lastModified },
      { 'If-None-Match': etag, 'If-Modified-Since': new Date(0).toUTCString() },
    ]
    for (const headers of sets) {
      const answer = await fetch(url, { headers })
      expect(answer.status).toBe(304)
      expect(answer.headers.get('etag')).toBe(etag)
      expect(answer.headers.get('cache-control')).toContain('immutable')
      expect(answer.headers.get('content-type')).toBeNull()
    }
  })

  it('answers 200 to who has another version', async () => {
    const sets: readonly Readonly<Record<string, string>>[] = [
      { 'If-None-Match': '"other"' },
      { 'If-None-Match': '"other"', 'If-Modified-Since': lastModified },
      { 'If-Modified-Since': new Date(0).toUTCString() },
      { 'If-Modified-Since': 'yesterday' },
      { 'If-Match': etag },
    ]
    for (const headers of sets) expect((await fetch(url, { headers })).status).toBe(200)
  })

  it('answers 412 where another version is wanted', async () => {
    const sets: readonly Readonly<Record<string, string>>[] = [
      { 'If-Match': '"other"' },
      { 'If-Match': `W/${etag}` },
      { 'If-Unmodified-Since': new Date(0).toUTCString() },
    ]
    for (const headers of sets) expect((await fetch(url, { headers })).status).toBe(412)
  })

  it('sends an empty object, of which there is no range', async () => {
    await server.store.put('uploads/empty', '')
    const whole = await fetch(at('uploads/empty'))
    expect([whole.status, await whole.text()]).toEqual([200, ''])
    expect((await fetch(at('uploads/empty'), { headers: { Range: 'bytes=0-' } })).status).toBe(416)
  })

  it('gives consistent answers while the object is replaced', async () => {
    const versions = ['a'.repeat(1000), 'b'.repeat(2000)]
    let writing = true
    const writer = (async () => {
      for (let i = 0; writing; i++) await server.store.put('uploads/busy', versions[i % 2] as string)
    })()
    await server.store.put('uploads/busy', versions[0] as string)
    try {
      for (let i = 0; i < 40; i++) {
        const answer = await fetch(at('uploads/busy'))
        expect(answer.status).toBe(200)
        expect(versions).toContain(await answer.text())
      }
    } finally {
      writing = false
      await writer
    }
  })

  it.each([
    ['is opened in the end', 99, 200],
    ['is a matter of trying again later where that goes on', 1000, 503],
  ])('an object that is replaced again and again between a look and a read %s', async (_what, replaced, status) => {
    let races = 0
    class Racing extends DiskDriver {
      override async get(...call: Parameters<DiskDriver['get']>) {
        races += 1
        if (races <= replaced) throw new DriverError('precondition-failed', 'another version')
        return super.get(...call)
      }
    }
    const racing = new Racing({ directory: server.directory })
    const app = express().use(diskObjects(racing, { publicPrefixes: ['uploads/'], onError: () => {} }))
    const answer = await supertest(app).get('/pictures/uploads/n.txt')
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, status === 503 ? '1' : undefined])
  })

  it('refuses other methods, and reads of a bucket, naming those it takes', async () => {
    const cases = [
      [url, 'DELETE', 'GET, HEAD, PUT, OPTIONS'],
      [url, 'POST', 'GET, HEAD, PUT, OPTIONS'],
      [`${server.base}/pictures`, 'GET', 'POST, OPTIONS'],
      [`${server.base}/pictures/`, 'GET', 'POST, OPTIONS'],
    ] as const
    for (const [address, method, allowed] of cases) {
      const answer = await fetch(address, { method })
      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')).toBe(allowed)
    }
  })

  it('survives a reader that goes away', async () => {
    await server.store.put('uploads/big', Buffer.alloc(30_000_000))
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /objects/pictures/uploads/big HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.resetAndDestroy()
    expect((await fetch(url)).status).toBe(200)
    expect(server.errors).toEqual([])
  })
})

describe('what a browser could run', () => {
  const dangerous = [
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'image/svg+xml',
    'text/xml',
    'application/xhtml+xml',
    'application/xml',
    'text/javascript',
    'multipart/x-mixed-replace',
    'nonsense',
    // Browsers read a list of types, of which the last one counts.
    'application/pdf;, text/html',
    'text/plain; charset=utf-8, text/html',
    'image/png;a="b", text/html',
  ]
  for (const type of dangerous) {
    it(`offers ${type} for download, without rights`, async () => {
      // Other programs may have written what the store would refuse.
      await server.driver.put(
        { bucket: server.store.bucket, key: 'uploads/x' },
        { kind: 'bytes', bytes: Buffer.from('<script>') },
        { attributes: { contentType: type, contentDisposition: 'inline; filename="x.html"' }, mode: 'overwrite' },
      )
      const { headers } = await fetch(at('uploads/x'))
      expect(headers.get('content-type')).toBe(type)
      expect(headers.get('content-disposition')).toBe('attachment; filename="x.html"')
      expect(headers.get('content-security-policy')).toContain('sandbox')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    })
  }

  it.each(['image/png', 'image/avif', 'video/mp4', 'text/plain; charset=utf-8', 'application/pdf'])(
    'shows %s',
    async (type) => {
      await server.store.put('uploads/x', 'x', { contentType: type })
      expect((await fetch(at('uploads/x'))).headers.get('content-disposition')).toBeNull()
    },
  )

  it('does not let a signed type turn a picture into a page', async () => {
    await server.store.put('tmp/x.png', '<script>', { contentType: 'image/png' })
    const { headers } = await fetch(await server.store.signedUrl('tmp/x.png', { responseContentType: 'text/html' }))
    expect(headers.get('content-disposition')).toBe('attachment')
  })
})

describe('presigned PUT', () => {
  const type = { 'Content-Type': 'image/png' }

  it('stores exactly what was signed', async () => {
    const { url, headers } = await presignedPut('tmp/a.png', 5)
    const answer = await fetch(url, { method: 'PUT', headers, body: 'bytes' })
    expect(answer.status).toBe(200)
    const head = await server.store.head('tmp/a.png')
    expect(head).toMatchObject({ size: 5, contentType: 'image/png', metadata: { session: 's1' } })
    expect(answer.headers.get('etag')).toBe(head.etag)
  })

  it('refuses other lengths and types, storing nothing', async () => {
    const { url } = await presignedPut('tmp/a.png', 5)
    const refused = [
      { headers: type, body: 'longer' },
      { headers: type, body: 'x' },
      { headers: { 'Content-Type': 'text/html' }, body: 'bytes' },
      { headers: { 'Content-Type': 'image/png; charset=x' }, body: 'bytes' },
    ]
    for (const init of refused) {
      const answer = await fetch(url, { method: 'PUT', ...init })
      expect(answer.status).toBe(403)
      expect(await codeOf(answer)).toBe('permission-denied')
    }
    expect(await keyIsMissing('tmp/a.png')).toBe(true)
  })

  it('refuses a body of unknown length', async () => {
    const { url } = await presignedPut('tmp/a.png', 5)
    const status = await new Promise((resolve) => {
      const outgoing = request(url, { method: 'PUT', headers: { ...type, 'Transfer-Encoding': 'chunked' } })
      outgoing.once('response', (response) => resolve(response.resume().statusCode))
      outgoing.end('bytes')
    })
    expect(status).toBe(411)
  })

  it('refuses a URL for another key, method, or without signature', async () => {
    const { url, headers } = await presignedPut('tmp/a.png', 5)
    const init = { method: 'PUT', headers, body: 'bytes' }
    expect((await fetch(url.replace('a.png', 'b.png'), init)).status).toBe(403)
    expect((await fetch(at('tmp/a.png'), init)).status).toBe(403)
    expect((await fetch(url)).status).toBe(403)
    expect((await fetch(await server.store.signedUrl('tmp/a.png'), init)).status).toBe(403)
  })

  it('creates once where the URL is signed for creating', async () => {
    const { url, headers } = await presignedPut('tmp/a.png', 5, 'create')
    expect((await fetch(url, { method: 'PUT', headers, body: 'first' })).status).toBe(200)
    const second = await fetch(url, { method: 'PUT', headers, body: 'later' })
    expect(second.status).toBe(412)
    expect(await codeOf(second)).toBe('already-exists')
    expect(await text((await server.store.get('tmp/a.png')).body)).toBe('first')
  })

  it('leaves what was there when the client goes away', async () => {
    await server.store.put('tmp/a.png', 'old')
    const { url } = await presignedPut('tmp/a.png', 1000)
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    const { pathname, search } = new URL(url)
    socket.write(
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nhalf`,
    )
    await expect.poll(() => server.requests, PATIENCE).toBe(1)
    socket.resetAndDestroy()
    await expect.poll(() => server.errors.length, PATIENCE).toBe(1)
    expect(server.errors).toEqual([expect.objectContaining({ code: 'request-aborted' })])
    expect(await text((await server.store.get('tmp/a.png')).body)).toBe('old')
  })

  it('takes the parts of a multipart upload', async () => {
    const upload = await server.store.multipart('tmp/big', { contentType: 'image/png' })
    const location = { bucket: 'pictures', key: 'tmp/big' }
    const { uploadId } = upload
    const contents = [Buffer.alloc(5 * 1024 ** 2, 1), Buffer.from('end')]
    for (const [index, content] of contents.entries()) {
      const presigned = await server.driver.presignUpload(location, {
        kind: 'part',
        uploadId,
        partNumber: index + 1,
        contentLength: content.length,
        expiresInSeconds: 60,
      })
      const answer = await fetch(presigned.url, { method: 'PUT', body: content })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('etag')).toBe((await upload.parts())[index]?.etag)
    }
    await upload.complete(await upload.parts())
    expect((await server.store.head('tmp/big')).size).toBe(5 * 1024 ** 2 + 3)
  })

  async function presignedPut(
    key: string,
    contentLength: number,
    mode: 'overwrite' | 'create' = 'overwrite',
  ): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }> {
    const presigned = await server.store.presignUpload(key, {
      method: 'PUT',
      contentLength,
      contentType: 'image/png',
      metadata: { session: 's1' },
      mode,
    })
    if (presigned.method !== 'PUT') throw new Error('expected a PUT')
    return presigned
  }
})

describe('presigned POST form', () => {
  async function form(
    content: string,
    change: (form: FormData) => void = () => {},
  ): Promise<{ readonly url: string; readonly body: FormData }> {
    const presigned = await server.store.presignUpload('tmp/ä b.png', {
      method: 'POST',
      contentType: 'image/png',
      minBytes: 2,
      maxBytes: 10,
      metadata: { session: 's1' },
    })
    if (presigned.method !== 'POST') throw new Error('expected a POST')
    const body = new FormData()
    for (const [name, value] of Object.entries(presigned.fields)) body.set(name, value)
    change(body)
    body.set('file', new File([content], 'leo.png', { type: 'text/html' }))
    return { url: presigned.url, body }
  }

  async function post(content: string, change?: (form: FormData) => void): Promise<Response> {
    const { url, body } = await form(content, change)
    return fetch(url, { method: 'POST', body })
  }

  it('stores the file under the signed key and type, and answers 204 with ETag and Location', async () => {
    const answer = await post('bytes')
    expect(answer.status).toBe(204)
    const head = await server.store.head('tmp/ä b.png')
    expect(head).toMatchObject({ size: 5, contentType: 'image/png', metadata: { session: 's1' } })
    expect(answer.headers.get('etag')).toBe(head.etag)
    expect(answer.headers.get('location')).toBe(server.store.publicUrl('tmp/ä b.png'))
  })

  it('answers with the status that the form asks for', async () => {
    expect((await post('bytes', (body) => body.set('success_action_status', '200'))).status).toBe(200)
    const created = await post('bytes', (body) => body.set('success_action_status', '201'))
    expect(created.status).toBe(201)
    expect(await created.text()).toContain('<Key>tmp/ä b.png</Key>')
    expect((await post('bytes', (body) => body.set('success_action_status', '302'))).status).toBe(204)
  })

  it('leads on to the signed address, keeping its query, and to no other', async () => {
    const successRedirect = 'https://app.example/crop?a=%20b&c'
    const upload = await server.driver.presignUpload(
      { bucket: 'pictures', key: 'tmp/ä b.png' },
      { kind: 'post', contentType: 'image/png', minBytes: 1, maxBytes: 10, expiresInSeconds: 60, successRedirect },
    )
    const { url, body } = await form('bytes', (given) => {
      if (upload.method === 'POST') for (const [name, value] of Object.entries(upload.fields)) given.set(name, value)
    })
    const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' })
    const { etag } = await server.store.head('tmp/ä b.png')
    const added = new URLSearchParams({ bucket: 'pictures', key: 'tmp/ä b.png', etag })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `https://app.example/crop?a=%20b&c&${added}`])
    const unsigned = await post('bytes', (form) => form.set('success_action_redirect', 'https://evil.example/'))
    expect(unsigned.status).toBe(403)
  })

  it('refuses other sizes, storing nothing', async () => {
    const large = await post('x'.repeat(11))
    expect([large.status, await codeOf(large)]).toEqual([413, 'file-too-large'])
    const small = await post('x')
    expect([small.status, await codeOf(small)]).toEqual([400, 'invalid-request'])
    expect(await keyIsMissing('tmp/ä b.png')).toBe(true)
  })

  it('refuses a form that was changed', async () => {
    const changes: readonly ((body: FormData) => void)[] = [
      (body) => body.set('key', 'uploads/other.png'),
      (body) => body.set('Content-Type', 'text/html'),
      (body) => body.delete('policy'),
      (body) => body.set('policy', Buffer.from('{"key":"x"}').toString('base64url')),
    ]
    for (const change of changes) {
      const answer = await post('bytes', change)
      expect([answer.status, await codeOf(answer)]).toEqual([403, 'permission-denied'])
    }
    expect(await keyIsMissing('tmp/ä b.png')).toBe(true)
  })

  it('keeps little of a form before its signature is known', async () => {
    const answer = await post('bytes', (body) => body.set('note', 'x'.repeat(20_000)))
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'invalid-request'])
    expect(await keyIsMissing('tmp/ä b.png')).toBe(true)
  })

  it('refuses the form of another bucket, and forms without a file', async () => {
    const { url, body } = await form('bytes')
    expect((await fetch(url.replace('pictures', 'others'), { method: 'POST', body })).status).toBe(403)
    body.delete('file')
    expect((await fetch(url, { method: 'POST', body })).status).toBe(400)
  })
})

describe('pages of other origins', () => {
  const origin = { Origin: 'https://app.example' }

  it('may read and see the ETag, if they are allowed', async () => {
    await server.store.put('uploads/a', 'x')
    const { headers } = await fetch(at('uploads/a'), { headers: origin })
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(headers.get('access-control-expose-headers')).toContain('ETag')
    expect(headers.get('vary')).toBe('Origin')
    const refused = await fetch(at('uploads/none'), { headers: origin })
    expect(refused.status).toBe(404)
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example')
  })

  it('get no leave otherwise', async () => {
    await server.store.put('uploads/a', 'x')
    const { status, headers } = await fetch(at('uploads/a'), { headers: { Origin: 'https://evil.example' } })
    expect(status).toBe(200)
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('may ask before they upload', async () => {
    const asking = {
      'Access-Control-Request-Method': 'PUT',
      'Access-Control-Request-Headers': 'content-type,x-amz-acl',
    }
    const allowed = await fetch(at('tmp/a'), { method: 'OPTIONS', headers: { ...origin, ...asking } })
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-methods')).toContain('PUT')
    expect(allowed.headers.get('access-control-allow-headers')).toBe('content-type,x-amz-acl')
    const refused = await fetch(at('tmp/a'), {
      method: 'OPTIONS',
      headers: { Origin: 'https://evil.example', ...asking },
    })
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'cross-origin'])
  })

  it('may be anybody, where that is chosen', async () => {
    const app = express().use(diskObjects(server.driver, { publicPrefixes: ['uploads/'], corsOrigins: '*' }))
    await server.store.put('uploads/a', 'x', { contentType: 'text/plain' })
    const answer = await supertest(app).get('/pictures/uploads/a').set('Origin', 'https://anybody.example')
    expect(answer.headers['access-control-allow-origin']).toBe('*')
  })

  it('refuses a malformed origin or prefix in the options', () => {
    expect(() => diskObjects(server.driver, { corsOrigins: ['app.example'] })).toThrow(/expected an origin/)
    expect(() => diskObjects(server.driver, { publicPrefixes: ['uploads'] })).toThrow(/must end in "\/"/)
  })
})
