import assert from 'node:assert/strict'
import { type Clause, clausesOf } from '../clause.js'
import { bytesOf, keysOf, patternOf, textOf } from '../contents.js'
import { rejection } from '../rejection.js'

const ATTRIBUTES = {
  contentType: 'text/plain; charset=utf-8',
  cacheControl: 'max-age=60',
  contentDisposition: 'attachment; filename="a.txt"',
  metadata: { by: 'leo', note: 'für später' },
}

export const copyClauses: readonly Clause[] = [
  ...clausesOf('copy', {
    'copies bytes and attributes': async ({ store, peer }) => {
      await store.put('from/a', 'content', ATTRIBUTES)
      const copied = await store.copy('from/a', 'to/b')
      assert.equal(copied.key, 'to/b')
      const head = await peer.head('to/b')
      assert.equal(head.etag, copied.etag)
      const { contentType, cacheControl, contentDisposition, metadata } = head
      assert.deepEqual({ contentType, cacheControl, contentDisposition, metadata }, ATTRIBUTES)
      assert.equal(await textOf(peer, 'to/b'), 'content')
      assert.equal(await textOf(store, 'from/a'), 'content')
    },
    'copies a large object': async ({ store }) => {
      const bytes = patternOf(6 * 1024 ** 2 + 5)
      await store.put('large', bytes)
      await store.copy('large', 'large-copy')
      assert.ok((await bytesOf(store, 'large-copy')).equals(bytes), 'expected the same bytes')
    },
    'replaces all attributes where new ones are given': async ({ store }) => {
      await store.put('a', 'content', ATTRIBUTES)
      await store.copy('a', 'b', { attributes: { contentType: 'text/html', metadata: { new: '1' } } })
      const { contentType, cacheControl, contentDisposition, metadata } = await store.head('b')
      assert.deepEqual(
        { contentType, cacheControl, contentDisposition, metadata },
        { contentType: 'text/html', cacheControl: undefined, contentDisposition: undefined, metadata: { new: '1' } },
      )
    },
    'overwrites its target, attributes too': async ({ store }) => {
      await store.put('a', 'new', { contentType: 'text/plain' })
      await store.put('b', 'the old one', { contentType: 'text/html', metadata: { old: '1' } })
      await store.copy('a', 'b')
      assert.equal(await textOf(store, 'b'), 'new')
      const { contentType, metadata, size } = await store.head('b')
      assert.deepEqual([contentType, metadata, size], ['text/plain', {}, 3])
    },
    'rejects a missing source with `not-found`, and leaves the target': async ({ store }) => {
      await store.put('target', 'as it was')
      const error = await rejection(store.copy('missing', 'target'), 'not-found')
      assert.equal(error.key, 'missing')
      assert.equal(await textOf(store, 'target'), 'as it was')
      await rejection(store.copy('missing', 'elsewhere'), 'not-found')
      assert.deepEqual(await keysOf(store), ['target'])
    },
    'copies an object to itself without harm': async ({ store }) => {
      await store.put('self', 'content', ATTRIBUTES)
      await store.copy('self', 'self')
      assert.equal(await textOf(store, 'self'), 'content')
      assert.deepEqual((await store.head('self')).metadata, ATTRIBUTES.metadata)
    },
    'copies an object to itself to change its attributes': async ({ store }) => {
      await store.put('self', 'content', ATTRIBUTES)
      await store.copy('self', 'self', { attributes: { contentType: 'text/html' } })
      assert.equal(await textOf(store, 'self'), 'content')
      const { contentType, cacheControl, metadata } = await store.head('self')
      assert.deepEqual([contentType, cacheControl, metadata], ['text/html', undefined, {}])
    },
    'makes no alias: the copy stays when the source changes or goes': async ({ store }) => {
      await store.put('a', 'first')
      await store.copy('a', 'b')
      await store.put('a', 'second')
      assert.equal(await textOf(store, 'b'), 'first')
      await store.put('b', 'third')
      assert.equal(await textOf(store, 'a'), 'second')
      await store.delete('a')
      assert.equal(await textOf(store, 'b'), 'third')
    },
  }),
  ...clausesOf('conditional-copy', {
    'copies only the version that is asked for': async ({ store }) => {
      const old = await store.put('a', 'old')
      await store.copy('a', 'b', { sourceIfMatch: old.etag })
      await store.put('a', 'new')
      await rejection(store.copy('a', 'b', { sourceIfMatch: old.etag }), 'precondition-failed')
      assert.equal(await textOf(store, 'b'), 'old')
    },
  }),
]
