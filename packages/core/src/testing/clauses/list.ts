import assert from 'node:assert/strict'
import type { BucketStore } from '../../store/bucket-store.js'
import type { ListOptions } from '../../store/options.js'
import { type Clause, clausesOf } from '../clause.js'
import { keysOf, pagesOf, putAll, textOf } from '../contents.js'

/** In the order of their UTF-8 bytes, with what sorts before and after `/`, and what UTF-16 would sort otherwise. */
const IN_ORDER = [
  'a b',
  'a!b',
  'a-b',
  'a.b',
  'a/b',
  'a/b-c',
  'a/b.d/e',
  'a/c',
  'a0b',
  'aB',
  'ab',
  'b',
  'z',
  'ä',
  '日',
  '\uff5e',
  '\u{10000}',
  '🪣',
]
const TREE = ['2024/01/a', '2024/01/b', '2024/02/a', '2024/notes', '2025/a', 'about', 'zebra/x/y']

interface Level {
  readonly objects: string[]
  readonly prefixes: string[]
}

async function levelOf(store: BucketStore, prefix: string, options: ListOptions = {}): Promise<Level> {
  const pages = await pagesOf(store, prefix, { delimiter: '/', ...options })
  return {
    objects: pages.flatMap((page) => page.objects.map(({ key }) => key)),
    prefixes: pages.flatMap((page) => page.prefixes),
  }
}

export const listClauses: readonly Clause[] = [
  ...clausesOf('list', {
    'lists an empty store, and a prefix that does not exist, as empty': async ({ store }) => {
      assert.deepEqual(await keysOf(store), [])
      await store.put('users/1/a', 'a')
      assert.deepEqual(await keysOf(store, 'users/2/'), [])
      assert.deepEqual(await keysOf(store, 'users/1/a/'), [])
    },
    'lists every key in the order of its UTF-8 bytes': async ({ store }) => {
      await putAll(store, IN_ORDER.toReversed())
      assert.deepEqual(await keysOf(store), IN_ORDER)
    },
    'lists what is below a prefix, and no sibling that begins alike': async ({ store }) => {
      await putAll(store, ['users/1/a', 'users/1/b/c', 'users/10/a', 'users/1-a', 'users/11', 'user'])
      assert.deepEqual(await keysOf(store, 'users/1/'), ['users/1/a', 'users/1/b/c'])
    },
    'refuses a prefix that does not end in a slash': async ({ store }) => {
      for (const prefix of ['users/1', 'a//', '../', 'a/../']) {
        assert.throws(() => store.list(prefix), { code: 'invalid-key' })
      }
    },
    'gives the same in pages of 1, 2, 3 and exactly all': async ({ store }) => {
      await putAll(store, IN_ORDER)
      for (const pageSize of [1, 2, 3, IN_ORDER.length]) {
        const pages = await pagesOf(store, '', { pageSize })
        assert.deepEqual(
          pages.flatMap((page) => page.objects.map(({ key }) => key)),
          IN_ORDER,
        )
        assert.ok(
          pages.every(({ objects }) => objects.length <= pageSize),
          `expected at most ${pageSize} on a page`,
        )
      }
    },
    'folds deeper keys at a delimiter, each prefix once': async ({ store }) => {
      await putAll(store, TREE)
      assert.deepEqual(await levelOf(store, ''), { objects: ['about'], prefixes: ['2024/', '2025/', 'zebra/'] })
      assert.deepEqual(await levelOf(store, '2024/'), {
        objects: ['2024/notes'],
        prefixes: ['2024/01/', '2024/02/'],
      })
      assert.deepEqual(await levelOf(store, '2024/01/'), { objects: ['2024/01/a', '2024/01/b'], prefixes: [] })
    },
    'folds the same in pages of 1, 2 and 3': async ({ store }) => {
      await putAll(store, [...TREE, '2024!', '2024-old/x', '20240'])
      const whole = await levelOf(store, '')
      assert.deepEqual(whole.prefixes, ['2024-old/', '2024/', '2025/', 'zebra/'])
      assert.deepEqual(whole.objects, ['2024!', '20240', 'about'])
      for (const pageSize of [1, 2, 3]) assert.deepEqual(await levelOf(store, '', { pageSize }), whole)
    },
    'begins after a key, which need not exist': async ({ store }) => {
      await putAll(store, ['a', 'b/1', 'b/2', 'c', 'd'])
      assert.deepEqual(await keysOf(store, '', { startAfter: 'b/1' }), ['b/2', 'c', 'd'])
      assert.deepEqual(await keysOf(store, '', { startAfter: '/b/1', pageSize: 1 }), ['b/2', 'c', 'd'])
      assert.deepEqual(await keysOf(store, '', { startAfter: 'b/11' }), ['b/2', 'c', 'd'])
      assert.deepEqual(await keysOf(store, '', { startAfter: 'd' }), [])
      assert.deepEqual(await keysOf(store, 'b/', { startAfter: 'a' }), ['b/1', 'b/2'])
      assert.deepEqual(await keysOf(store, 'b/', { startAfter: 'c' }), [])
      assert.deepEqual(await levelOf(store, '', { startAfter: 'c' }), { objects: ['d'], prefixes: [] })
    },
    'begins after an entry of an earlier listing': async ({ store }) => {
      await putAll(store, ['a', 'b', 'c'])
      const [, second] = await store.list().toArray()
      assert.deepEqual(await keysOf(store, '', { startAfter: second }), ['c'])
    },
    'gives entries that serve as keys': async ({ store }) => {
      await putAll(store, ['uploads/1', 'uploads/2'])
      for await (const entry of store.list('uploads/')) {
        const { body, size, etag } = await store.get(entry)
        body.destroy()
        assert.deepEqual([entry.size, entry.etag], [size, etag])
        await store.delete(entry)
      }
      assert.deepEqual(await keysOf(store), [])
    },
    'can be iterated again, and shows what came since': async ({ store }) => {
      const listing = store.list()
      await store.put('a', '1')
      assert.equal((await listing.toArray()).length, 1)
      await store.put('b', '2')
      assert.equal((await listing.toArray()).length, 2)
    },
    'lists, and deletes, more than one full page': async ({ store }) => {
      const keys = Array.from({ length: 1003 }, (_, index) => `many/${String(index).padStart(4, '0')}`)
      for (let at = 0; at < keys.length; at += 50) {
        await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, '')))
      }
      assert.deepEqual(await keysOf(store, 'many/'), keys)
      assert.equal(await store.deletePrefix('many/'), keys.length)
      assert.deepEqual(await keysOf(store), [])
    },
    'refuses page sizes and delimiters that are none': async ({ store }) => {
      for (const pageSize of [0, -1, 1001, 1.5, Number.NaN]) {
        assert.throws(() => store.list('', { pageSize }), { code: 'invalid-argument' })
      }
      await store.put('a', 'still there')
      assert.equal(await textOf(store, 'a'), 'still there')
    },
  }),
  ...clausesOf('list-while-changing', {
    'lists every lasting key once while others are deleted between pages': async ({ store, peer }) => {
      const keys = Array.from({ length: 12 }, (_, index) => `k${String(index).padStart(2, '0')}`)
      await putAll(store, keys)
      const seen: string[] = []
      for await (const page of store.list('', { pageSize: 2 }).pages()) {
        seen.push(...page.objects.map(({ key }) => key))
        // Among them the key where the next page begins.
        for (const { key } of page.objects) await peer.delete(key)
      }
      assert.deepEqual(seen, keys)
      assert.deepEqual(await keysOf(store), [])
    },
    'lists every lasting key once while others are inserted between pages': async ({ store, peer }) => {
      const keys = ['b', 'd', 'f', 'h', 'j', 'l']
      await putAll(store, keys)
      const seen: string[] = []
      for await (const page of store.list('', { pageSize: 2 }).pages()) {
        seen.push(...page.objects.map(({ key }) => key))
        await putAll(peer, [`a${seen.length}`, `${seen.at(-1)}-next`])
      }
      assert.deepEqual(
        seen.filter((key) => keys.includes(key)),
        keys,
      )
      assert.equal(new Set(seen).size, seen.length, 'expected no key twice')
    },
    'goes on where a deleted key had been': async ({ store, peer }) => {
      await putAll(store, ['a', 'b', 'c', 'd'])
      const seen: string[] = []
      for await (const page of store.list('', { pageSize: 2 }).pages()) {
        await peer.delete('c')
        seen.push(...page.objects.map(({ key }) => key))
      }
      assert.deepEqual(seen, ['a', 'b', 'd'])
    },
  }),
]
