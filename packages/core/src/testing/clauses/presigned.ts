import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PresignedUpload } from '../../contract/driver.js'
import { type Clause, clausesOf } from '../clause.js'
import { bytesOf, keysOf, patternOf, textOf } from '../contents.js'

const PICTURE = { contentType: 'image/png', metadata: { by: 'leo' } } as const

interface FormChange {
  readonly fields?: Readonly<Record<string, string>>
  readonly without?: string
}

interface FormAnswer {
  readonly status: number
  /** Where the answer leads. */
  readonly location: string | null
}

async function answerToForm(
  fetcher: typeof fetch,
  upload: PresignedUpload,
  body: string,
  { fields = {}, without }: FormChange = {},
): Promise<FormAnswer> {
  assert.equal(upload.method, 'POST')
  const form = new FormData()
  for (const [name, value] of Object.entries({ ...upload.fields, ...fields })) {
    if (name !== without) form.append(name, value)
  }
  form.append('file', new Blob([body], { type: 'image/png' }), 'leo.png')
  const reply = await fetcher(upload.url, { method: 'POST', body: form, redirect: 'manual' })
  await reply.body?.cancel()
  return { status: reply.status, location: reply.headers.get('location') }
}

async function sendForm(...given: Parameters<typeof answerToForm>): Promise<number> {
  return (await answerToForm(...given)).status
}

async function sendPut(
  fetcher: typeof fetch,
  upload: PresignedUpload,
  body: string | Buffer,
  change: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<number> {
  assert.equal(upload.method, 'PUT')
  const headers = { ...upload.headers, ...change.headers }
  const reply = await fetcher(upload.url, {
    method: change.method ?? 'PUT',
    headers,
    body: new Uint8Array(Buffer.from(body)),
  })
  await reply.body?.cancel()
  return reply.status
}

function assertStored(status: number): void {
  assert.ok(status >= 200 && status < 300, `expected the upload to be stored; received ${status}`)
}

function assertRefused(status: number, what: string): void {
  assert.ok(status >= 400 && status < 500, `expected ${what} to be refused; received ${status}`)
}

export const presignedClauses: readonly Clause[] = [
  ...clausesOf('presigned-post', {
    'takes a form within its limits, with the type and metadata it was signed for': async ({ store, fetch }) => {
      for (const key of ['tmp/1/original', `odd/a b+c 'ü' 100%`]) {
        const upload = await store.presignUpload(key, { method: 'POST', ...PICTURE, minBytes: 3, maxBytes: 10 })
        assert.ok(upload.expiresAt.getTime() > Date.now(), 'expected an expiry to come')
        assertStored(await sendForm(fetch, upload, '0123456789'))
        assert.equal(await textOf(store, key), '0123456789')
        const { contentType, metadata } = await store.head(key)
        assert.deepEqual({ contentType, metadata }, PICTURE)
      }
    },
    'refuses a file outside its limits': async ({ store, fetch }) => {
      const upload = await store.presignUpload('key', { method: 'POST', ...PICTURE, minBytes: 3, maxBytes: 10 })
      assertRefused(await sendForm(fetch, upload, '01234567890'), 'a larger file')
      assertRefused(await sendForm(fetch, upload, '01'), 'a smaller file')
      assert.deepEqual(await keysOf(store), [])
    },
    'refuses an empty file where nothing else is said': async ({ store, fetch }) => {
      const upload = await store.presignUpload('key', { method: 'POST', ...PICTURE, maxBytes: 10 })
      assertRefused(await sendForm(fetch, upload, ''), 'an empty file')
      assert.deepEqual(await keysOf(store), [])
    },
    'refuses another key, another type, and a form without any of its fields': async ({ store, fetch }) => {
      const upload = await store.presignUpload('key', { method: 'POST', ...PICTURE, maxBytes: 10 })
      assert.equal(upload.method, 'POST')
      const { key = '' } = upload.fields
      assertRefused(await sendForm(fetch, upload, 'x', { fields: { key: `${key}-other` } }), 'another key')
      assertRefused(await sendForm(fetch, upload, 'x', { fields: { 'Content-Type': 'text/html' } }), 'another type')
      for (const name of Object.keys(upload.fields)) {
        assertRefused(await sendForm(fetch, upload, 'x', { without: name }), `a form without ${name}`)
      }
      assert.deepEqual(await keysOf(store), [])
      assertStored(await sendForm(fetch, upload, 'x'))
    },
    'lets a presigned form expire': async ({ store, fetch }) => {
      const options = { method: 'POST', ...PICTURE, maxBytes: 10, expiresInSeconds: 1 } as const
      const upload = await store.presignUpload('key', options)
      await sleep(2500)
      assertRefused(await sendForm(fetch, upload, 'x'), 'a late form')
      assert.deepEqual(await keysOf(store), [])
    },
  }),
  ...clausesOf('presigned-redirect', {
    'leads a form on to where it was signed for, and nowhere else': async ({ store, fetch }) => {
      const successRedirect = 'https://app.example/done'
      const options = { method: 'POST', ...PICTURE, maxBytes: 10, successRedirect } as const
      const upload = await store.presignUpload('key', options)
      const field = 'success_action_redirect'
      const elsewhere = { fields: { [field]: 'https://evil.example/' } }
      assertRefused(await sendForm(fetch, upload, 'x', elsewhere), 'another address')
      assertRefused(await sendForm(fetch, upload, 'x', { without: field }), 'a form without its address')
      assert.deepEqual(await keysOf(store), [])
      const { status, location } = await answerToForm(fetch, upload, 'x')
      assert.equal(status, 303)
      const { origin, pathname, searchParams } = new URL(location ?? '', 'https://nowhere.example')
      assert.equal(origin + pathname, 'https://app.example/done')
      assert.equal(searchParams.get('key')?.endsWith('key'), true)
      const { etag } = await store.head('key')
      assert.equal(searchParams.get('etag')?.replaceAll('"', ''), etag.replaceAll('"', ''))
    },
  }),
  ...clausesOf('presigned-put', {
    'takes a body of the size, type and metadata it was signed for': async ({ store, fetch }) => {
      for (const key of ['tmp/1/original', `odd/a b+c 'ü' 100%`]) {
        const upload = await store.presignUpload(key, { method: 'PUT', ...PICTURE, contentLength: 10 })
        assertStored(await sendPut(fetch, upload, '0123456789'))
        assert.equal(await textOf(store, key), '0123456789')
        const { contentType, metadata } = await store.head(key)
        assert.deepEqual({ contentType, metadata }, PICTURE)
      }
    },
    'refuses another size or type': async ({ store, fetch }) => {
      const upload = await store.presignUpload('key', { method: 'PUT', ...PICTURE, contentLength: 10 })
      assertRefused(await sendPut(fetch, upload, '01234567890'), 'a larger body')
      assertRefused(await sendPut(fetch, upload, '012345678'), 'a smaller body')
      const headers = Object.fromEntries(
        Object.entries({ ...('headers' in upload ? upload.headers : {}) }).map(([name, value]) => [
          name,
          name.toLowerCase() === 'content-type' ? 'text/html' : value,
        ]),
      )
      assertRefused(await sendPut(fetch, upload, '0123456789', { headers }), 'another type')
      assert.deepEqual(await keysOf(store), [])
    },
    'allows nothing but its verb and key by a presigned PUT': async ({ store, fetch }) => {
      await store.put('key', 'old')
      await store.put('other', 'old')
      const upload = await store.presignUpload('key', { method: 'PUT', ...PICTURE, contentLength: 3 })
      const read = await fetch(upload.url)
      assertRefused(read.status, 'GET')
      await read.body?.cancel()
      const removed = await fetch(upload.url, { method: 'DELETE' })
      assertRefused(removed.status, 'DELETE')
      await removed.body?.cancel()
      const url = new URL(upload.url)
      url.pathname = url.pathname.replace(/key$/, 'other')
      assertRefused(await sendPut(fetch, { ...upload, url: url.href }, 'new'), 'another key')
      assert.deepEqual([await textOf(store, 'key'), await textOf(store, 'other')], ['old', 'old'])
    },
    'lets a presigned PUT expire': async ({ store, fetch }) => {
      const options = { method: 'PUT', ...PICTURE, contentLength: 1, expiresInSeconds: 1 } as const
      const upload = await store.presignUpload('key', options)
      await sleep(2500)
      assertRefused(await sendPut(fetch, upload, 'x'), 'a late body')
      assert.deepEqual(await keysOf(store), [])
    },
  }),
  ...clausesOf('presigned-create', {
    'takes the first body alone where it may only create': async ({ store, fetch }) => {
      const options = { method: 'PUT', ...PICTURE, contentLength: 5, mode: 'create' } as const
      const upload = await store.presignUpload('key', options)
      assertStored(await sendPut(fetch, upload, 'first'))
      assertRefused(await sendPut(fetch, upload, 'again'), 'a second body')
      assert.equal(await textOf(store, 'key'), 'first')
    },
  }),
  ...clausesOf('presigned-part', {
    'takes one part of an upload': async ({ store, fetch, partSizeInBytes }) => {
      const bytes = patternOf(partSizeInBytes + 5)
      const upload = await store.multipart('parts', PICTURE)
      const first = await upload.presignPart(1, { contentLength: partSizeInBytes })
      const second = await upload.presignPart(2, { contentLength: 5 })
      assertStored(await sendPut(fetch, first, bytes.subarray(0, partSizeInBytes)))
      assertRefused(await sendPut(fetch, second, bytes.subarray(0, 6)), 'a larger part')
      assertStored(await sendPut(fetch, second, Buffer.from('short')))
      const replaced = await upload.presignPart(2, { contentLength: 'any' })
      assertStored(await sendPut(fetch, replaced, bytes.subarray(partSizeInBytes)))
      assert.deepEqual(await keysOf(store), [])
      await upload.complete(await upload.parts())
      assert.ok((await bytesOf(store, 'parts')).equals(bytes), 'expected both parts')
      assert.equal((await store.head('parts')).contentType, 'image/png')
    },
  }),
]
