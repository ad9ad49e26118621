import assert from 'node:assert/strict'
import { type Clause, clausesOf } from '../clause.js'
import { keysOf, pagesOf, putAll, textOf } from '../contents.js'
import { rejection } from '../rejection.js'

export const deleteClauses: readonly Clause[] = [
  ...clausesOf('delete', {
    'deletes an object for every server': async ({ store, peer }) => {
      await store.put('users/1/leo.txt', 'leo')
      await store.delete('users/1/leo.txt')
      await rejection(peer.get('users/1/leo.txt'), 'not-found')
      assert.deepEqual(await keysOf(peer), [])
    },
    'finds nothing wrong in deleting what is not there': async ({ store }) => {
      await store.delete('never/there')
      await store.put('once', 'there')
      await store.delete('once')
      await store.delete('once')
    },
    'deletes nothing else': async ({ store }) => {
      await putAll(store, ['a/b', 'a/b.txt', 'a/bc', 'ab'])
      await store.delete('a/b')
      assert.deepEqual(await keysOf(store), ['a/b.txt', 'a/bc', 'ab'])
      await store.delete('a')
      assert.deepEqual(await keysOf(store), ['a/b.txt', 'a/bc', 'ab'])
    },
    'lets a deleted key be written again, without its old attributes': async ({ store }) => {
      await store.put('again', 'old', { contentType: 'text/html', metadata: { old: 'yes' } })
      await store.delete('again')
      await store.put('again', 'new', { contentType: 'text/plain' })
      assert.equal(await textOf(store, 'again'), 'new')
      const { contentType, metadata } = await store.head('again')
      assert.deepEqual([contentType, metadata], ['text/plain', {}])
    },
    'lets a key take the place of a deleted prefix, and the other way round': async ({ store }) => {
      await store.put('place/deep/key', 'deep')
      await store.deletePrefix('place/')
      await store.put('place', 'now a key')
      await store.delete('place')
      await store.put('place/deep', 'deep again')
      assert.deepEqual(await keysOf(store), ['place/deep'])
    },
    'deletes a prefix and says how many that were': async ({ store }) => {
      await putAll(store, ['a/a/1', 'a/a/2', 'a/a/b/3', 'a/aaa/4', 'a/a.txt', 'a/a0'])
      assert.equal(await store.deletePrefix('a/a/'), 3)
      assert.deepEqual(await keysOf(store), ['a/a.txt', 'a/a0', 'a/aaa/4'])
      assert.equal(await store.deletePrefix('a/a/'), 0)
      assert.equal(await store.deletePrefix('never/there/'), 0)
    },
    'deletes keys in bulk that are special in XML': async ({ store }) => {
      await putAll(store, ['x/<Key>', 'x/&amp;', 'x/a&b', `x/"'`, 'x/]]>', 'x/<!--', 'x/%26', 'x/ü 🪣', 'x/ a '])
      assert.equal(await store.deletePrefix('x/'), 9)
      assert.deepEqual(await keysOf(store), [])
    },
    'lets two servers delete the same prefix at once': async ({ store, peer }) => {
      await putAll(
        store,
        Array.from({ length: 30 }, (_, index) => `both/${index}`),
      )
      await Promise.all([store.deletePrefix('both/'), peer.deletePrefix('both/')])
      assert.deepEqual(await keysOf(store), [])
    },
    'refuses to delete below a prefix that does not end in a slash': async ({ store }) => {
      await putAll(store, ['foo/a', 'foobar'])
      await rejection(store.deletePrefix('foo'), 'invalid-key')
      assert.deepEqual(await keysOf(store), ['foo/a', 'foobar'])
    },
  }),
  ...clausesOf('conditional-delete', {
    'deletes only the version that is asked for': async ({ store, peer }) => {
      const old = await store.put('a', 'old')
      const current = await store.put('a', 'new')
      await rejection(store.delete('a', { ifMatch: old.etag }), 'precondition-failed')
      assert.equal(await textOf(peer, 'a'), 'new')
      await store.delete('a', { ifMatch: current.etag })
      await rejection(peer.head('a'), 'not-found')
      await store.delete('a', { ifMatch: current.etag })
    },
  }),
  ...clausesOf('prefix', {
    'shows, writes and deletes nothing outside its prefix': async ({ store, below }) => {
      await putAll(store, ['users/1/a', 'users/10/a', 'users/1-a', 'other'])
      const user = below('users/1/')
      assert.deepEqual(await keysOf(user), ['a'])
      await user.put('b', 'mine')
      assert.equal(await textOf(store, 'users/1/b'), 'mine')
      await rejection(user.head('other'), 'not-found')
      await user.copy('b', 'c')
      assert.equal(await user.deletePrefix(''), 3)
      assert.deepEqual(await keysOf(store), ['other', 'users/1-a', 'users/10/a'])
    },
    'pages, folds and begins relative to its prefix': async ({ store, below }) => {
      await putAll(store, ['p/a/1', 'p/a/2', 'p/b', 'p/c', 'q'])
      const inner = below('p/')
      assert.deepEqual(await keysOf(inner, '', { pageSize: 1 }), ['a/1', 'a/2', 'b', 'c'])
      assert.deepEqual(await keysOf(inner, '', { startAfter: 'a/1', pageSize: 1 }), ['a/2', 'b', 'c'])
      const [page] = await pagesOf(inner, '', { delimiter: '/' })
      assert.deepEqual(page?.prefixes, ['a/'])
    },
    'names keys below its prefix in results and errors': async ({ below }) => {
      const user = below('users/1/')
      assert.equal((await user.put('a', 'x')).key, 'a')
      assert.equal((await user.head('a')).key, 'a')
      assert.equal((await rejection(user.head('b'), 'not-found')).key, 'b')
    },
  }),
]
