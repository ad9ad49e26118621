import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Clause, clausesOf } from '../clause.js'
import { bytesOf, textOf } from '../contents.js'

const BINARY = Uint8Array.from({ length: 256 }, (_, value) => value)

export const writeClauses: readonly Clause[] = clausesOf('write', {
  'stores text as UTF-8': async ({ store }) => {
    const version = await store.put('notes/text.txt', 'Grüße, 世界 🪣')
    assert.equal(version.key, 'notes/text.txt')
    assert.equal(version.size, Buffer.byteLength('Grüße, 世界 🪣'))
    assert.equal(await textOf(store, 'notes/text.txt'), 'Grüße, 世界 🪣')
  },
  'stores every byte value': async ({ store }) => {
    await store.put('every-byte.bin', BINARY)
    assert.deepEqual(await bytesOf(store, 'every-byte.bin'), Buffer.from(BINARY))
  },
  'stores a view into a larger buffer without its surroundings': async ({ store }) => {
    await store.put('view.bin', BINARY.subarray(10, 20))
    assert.deepEqual(await bytesOf(store, 'view.bin'), Buffer.from(BINARY.slice(10, 20)))
  },
  'stores an empty body': async ({ store }) => {
    assert.equal((await store.put('empty', new Uint8Array())).size, 0)
    assert.equal((await store.head('empty')).size, 0)
    assert.equal(await textOf(store, 'empty'), '')
  },
  'stores an empty stream, of known and of unknown length': async ({ store }) => {
    await store.put('known', Readable.from([]), { contentLength: 0 })
    await store.put('unknown', Readable.from([]))
    assert.equal(await textOf(store, 'known'), '')
    assert.equal(await textOf(store, 'unknown'), '')
  },
  'stores streams, blobs and iterables': async ({ store }) => {
    await store.put('readable', Readable.from(['one ', 'two'], { objectMode: false }))
    await store.put('blob', new Blob(['a blob']))
    await store.put('web-stream', new Blob(['a web stream']).stream(), { contentLength: 12 })
    await store.put(
      'iterable',
      (async function* () {
        yield Buffer.from('an ')
        yield Buffer.from('iterable')
      })(),
    )
    assert.equal(await textOf(store, 'readable'), 'one two')
    assert.equal(await textOf(store, 'blob'), 'a blob')
    assert.equal(await textOf(store, 'web-stream'), 'a web stream')
    assert.equal(await textOf(store, 'iterable'), 'an iterable')
  },
  'replaces content, size, ETag and attributes together': async ({ store }) => {
    const first = await store.put('page', 'the first, longer content', {
      contentType: 'text/plain',
      metadata: { a: '1' },
    })
    const second = await store.put('page', '<p>second</p>', { contentType: 'text/html' })
    assert.notEqual(second.etag, first.etag)
    const { body, ...head } = await store.get('page')
    assert.equal((await buffer(body)).toString(), '<p>second</p>')
    assert.deepEqual(
      { size: head.size, etag: head.etag, contentType: head.contentType, metadata: head.metadata },
      { size: 13, etag: second.etag, contentType: 'text/html', metadata: {} },
    )
  },
  'keeps what was stored when the caller changes the buffer afterwards': async ({ store }) => {
    const bytes = Buffer.from('as it was')
    await store.put('buffer', bytes)
    bytes.fill('x')
    assert.equal(await textOf(store, 'buffer'), 'as it was')
  },
  'shows a write to other servers at once': async ({ store, peer }) => {
    for (const revision of ['1', '2', '3']) {
      const { etag } = await store.put('shared', revision)
      assert.equal((await peer.head('shared')).etag, etag)
      assert.equal(await textOf(peer, 'shared'), revision)
    }
  },
  'ends racing writes with one of them, whole': async ({ store, peer }) => {
    const bodies = Array.from({ length: 8 }, (_, writer) => String(writer).repeat(50_000 + writer))
    await Promise.all(bodies.map((body, writer) => (writer % 2 ? peer : store).put('raced', body)))
    const text = await textOf(store, 'raced')
    assert.ok(bodies.includes(text), 'expected the body of one writer; received a mixture')
    assert.equal((await store.head('raced')).size, text.length)
  },
})
