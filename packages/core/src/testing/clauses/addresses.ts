import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeKey } from '../../keys/object-key.js'
import { inParallel } from '../../transfer/in-parallel.js'
import { type Clause, clausesOf } from '../clause.js'
import { textOf } from '../contents.js'
import { ODD_KEYS } from './keys.js'

export const addressClauses: readonly Clause[] = [
  ...clausesOf('public-url', {
    'gives an address whose path ends in the key, each segment encoded once': async ({ store }) => {
      for (const key of ['uploads/leo.jpg', 'a b/100%?#+&ü.jpg', `it's [a] (b)!*.txt`]) {
        const url = new URL(store.publicUrl(key))
        const path = encodeKey(store.prefix + key)
        assert.ok(url.pathname.endsWith(`/${path}`), `expected ${url.pathname} to end in /${path}`)
        assert.deepEqual([url.search, url.hash, url.username], ['', '', ''])
        assert.equal(decodeURIComponent(path), store.prefix + key)
      }
    },
    'gives the public address where the store is public': async ({ store }) => {
      assert.equal(await store.url('uploads/leo.jpg'), store.publicUrl('uploads/leo.jpg'))
    },
  }),
  ...clausesOf('signed-url', {
    'lets anyone read who holds the address': async ({ store, fetch }) => {
      await store.put('signed', 'content', { contentType: 'text/plain' })
      const reply = await fetch(await store.signedUrl('signed'))
      assert.deepEqual([reply.status, await reply.text()], [200, 'content'])
      assert.match(reply.headers.get('content-type') ?? '', /^text\/plain/)
      assert.ok(reply.headers.get('etag'), 'expected an ETag')
    },
    'serves HEAD to an address signed for it': async ({ store, fetch }) => {
      await store.put('signed', 'content')
      const reply = await fetch(await store.signedUrl('signed', { method: 'HEAD' }), { method: 'HEAD' })
      assert.deepEqual([reply.status, reply.headers.get('content-length')], [200, '7'])
    },
    'serves ranges': async ({ store, fetch }) => {
      await store.put('digits', '0123456789')
      const reply = await fetch(await store.signedUrl('digits'), { headers: { range: 'bytes=2-4' } })
      assert.deepEqual([reply.status, await reply.text()], [206, '234'])
    },
    'works for odd keys': async ({ store, fetch }) => {
      await inParallel(Object.values(ODD_KEYS).flat(), { concurrency: 8 }, async (key) => {
        await store.put(key, `content of ${key}`)
        const reply = await fetch(await store.signedUrl(key))
        assert.deepEqual([reply.status, await reply.text()], [200, `content of ${key}`])
      })
    },
    'answers as what the address says': async ({ store, fetch }) => {
      await store.put('signed', 'content', { contentType: 'text/html' })
      const url = await store.signedUrl('signed', {
        responseContentType: 'application/octet-stream',
        responseContentDisposition: `attachment; filename="a b.txt"; filename*=UTF-8''%C3%BC.txt`,
      })
      const { headers } = await fetch(url)
      assert.equal(headers.get('content-type'), 'application/octet-stream')
      assert.equal(headers.get('content-disposition'), `attachment; filename="a b.txt"; filename*=UTF-8''%C3%BC.txt`)
    },
    'allows nothing but its verb by a signed address': async ({ store, fetch }) => {
      await store.put('signed', 'content')
      const url = await store.signedUrl('signed')
      for (const method of ['PUT', 'POST', 'DELETE']) {
        const reply = await fetch(url, { method, ...(method !== 'DELETE' && { body: 'replaced' }) })
        assert.ok(reply.status >= 400, `expected ${method} to be refused; received ${reply.status}`)
      }
      assert.equal(await textOf(store, 'signed'), 'content')
    },
    'is worthless without its signature, or for another key': async ({ store, fetch }) => {
      await store.put('signed', 'content')
      await store.put('secret', 'secret')
      const signed = new URL(await store.signedUrl('signed'))
      const bare = new URL(signed)
      bare.search = ''
      const other = new URL(signed)
      other.pathname = other.pathname.replace(/signed$/, 'secret')
      const stripped = [...signed.searchParams.keys()].map((name) => {
        const url = new URL(signed)
        url.searchParams.delete(name)
        return url
      })
      for (const url of [bare, other, ...stripped]) {
        const reply = await fetch(url)
        assert.ok(reply.status >= 400 && reply.status < 500, `expected a refusal; received ${reply.status}`)
        assert.doesNotMatch(await reply.text(), /^(content|secret)$/)
      }
    },
    'lets a signed address expire': async ({ store, fetch }) => {
      await store.put('signed', 'content')
      const url = await store.signedUrl('signed', { expiresInSeconds: 1 })
      await sleep(2500)
      const reply = await fetch(url)
      assert.ok(reply.status === 403 || reply.status === 401, `expected a refusal; received ${reply.status}`)
      await reply.body?.cancel()
    },
    'answers 404 where there is no object': async ({ store, fetch }) => {
      const reply = await fetch(await store.signedUrl('missing'))
      assert.equal(reply.status, 404)
      await reply.body?.cancel()
    },
    'gives a signed address for every object below a prefix': async ({ below, fetch }) => {
      const album = below('album/')
      await album.put('1/a b', 'one')
      const reply = await fetch(await album.signedUrl('1/a b'))
      assert.equal(await reply.text(), 'one')
    },
  }),
]
