import assert from 'node:assert/strict'
import { type Clause, type ClauseContext, clausesOf } from '../clause.js'
import { keysOf, textOf } from '../contents.js'
import { rejection } from '../rejection.js'

/** Keys that trip servers, proxies, URL parsers, XML and shells, by what is odd about them. */
export const ODD_KEYS: Readonly<Record<string, readonly string[]>> = {
  spaces: ['with space.txt', ' leading', 'trailing ', 'a / b / c', '   '],
  'plus signs': ['a+b.txt', '+', 'a+b c/+d'],
  'percent literals': ['100%.txt', '%48%45.txt', 'a%2Fb', '%', '%zz', '%25'],
  'URL delimiters': ['what?.txt', 'a#b', 'a?b=c&d=e#f', ':80', 'http:/host', ';v=1', '@', 'a=b,c'],
  brackets: ['[a].txt', '{b}', '(c)', '<d>', '*.txt', '!not'],
  quotes: [`it's.txt`, '"quoted"', '`ticks`'],
  'XML and HTML': ['a&b.txt', '&amp;', '<key>&lt;</key>', ']]>'],
  'shell characters': ['$HOME', '~', '-rf', '|', '^'],
  dots: ['.hidden', '...', 'a..b', 'a.', '.a/..b/c..'],
  'other scripts': ['übergrößenträger.txt', '日本語/ファイル.txt', 'ملف.txt', 'файл'],
  emoji: ['🪣.txt', '👩‍👩‍👧/👍🏽', '🇩🇪'],
  'invisible characters': ['no\u00a0break', 'zero\u200bwidth', '\ufeffbom', 'right\u202eleft'],
  'words that others reserve': ['con', 'NUL.txt', 'index.html', 'soap', '__proto__', 'constructor'],
}

const UNPARSABLE = [
  '',
  '/',
  '//a',
  'a//b',
  'a/',
  '.',
  '..',
  './a',
  'a/./b',
  'a/../b',
  '../a',
  'a\\b',
  'a\0b',
  'a\nb',
  '\ud800',
]

export const keyClauses: readonly Clause[] = [
  ...Object.entries(ODD_KEYS).flatMap(([what, keys]) =>
    clausesOf('key', {
      [`keeps keys with ${what} as they are, in every verb`]: async (context) => {
        for (const key of keys) await keepsKey(context, key)
      },
    }),
  ),
  ...clausesOf('key', {
    'tells keys apart that differ only in case': async ({ store }) => {
      await store.put('Leo.txt', 'upper')
      await store.put('leo.txt', 'lower')
      assert.deepEqual([await textOf(store, 'Leo.txt'), await textOf(store, 'leo.txt')], ['upper', 'lower'])
    },
    'tells a key with percent literals from the one they might stand for': async ({ store }) => {
      await store.put('HE.txt', 'plain')
      await rejection(store.head('%48%45.txt'), 'not-found')
      await store.put('a b', 'space')
      await rejection(store.head('a+b'), 'not-found')
      await rejection(store.head('a%20b'), 'not-found')
    },
    'finds a key in either Unicode form': async ({ store }) => {
      await store.put('cafe\u0301.txt', 'composed')
      assert.equal(await textOf(store, 'caf\u00e9.txt'), 'composed')
      assert.deepEqual(await keysOf(store), ['caf\u00e9.txt'])
    },
    'keeps a segment of 255 bytes': async (context) => keepsKey(context, `${'s'.repeat(251)}.txt`),
    'keeps a key as long as it may be together with its prefix, and refuses a longer one': async (context) => {
      const { store } = context
      const room = 1024 - Buffer.byteLength(store.prefix)
      const longest = `${`${'d'.repeat(99)}/`.repeat(10)}${'f'.repeat(24)}`.slice(0, room)
      await keepsKey(context, longest)
      await rejection(store.put(`${longest}x`, 'too long'), 'invalid-key')
    },
    'refuses what is no key, in every verb': async ({ store }) => {
      for (const key of UNPARSABLE) {
        await rejection(store.put(key, 'content'), 'invalid-key')
        await rejection(store.get(key), 'invalid-key')
        await rejection(store.head(key), 'invalid-key')
        await rejection(store.delete(key), 'invalid-key')
        await rejection(store.copy(key, 'target'), 'invalid-key')
        await rejection(store.copy('source', key), 'invalid-key')
        await rejection(store.multipart(key), 'invalid-key')
        await rejection(store.signedUrl(key), 'invalid-key')
      }
      assert.deepEqual(await keysOf(store), [])
    },
  }),
  ...clausesOf('key-beside-prefix', {
    'holds an object whose key is the prefix of an earlier one': async ({ store }) => {
      await store.put('a/b', 'below')
      await store.put('a', 'beside')
      assert.deepEqual([await textOf(store, 'a'), await textOf(store, 'a/b')], ['beside', 'below'])
    },
    'holds an object below the key of an earlier one': async ({ store }) => {
      await store.put('a', 'beside')
      await store.put('a/b', 'below')
      assert.deepEqual(await keysOf(store), ['a', 'a/b'])
    },
  }),
  ...clausesOf('long-key-segment', {
    'holds a segment of more than 255 bytes': (context) => keepsKey(context, `${'s'.repeat(300)}.txt`),
  }),
]

async function keepsKey({ store }: ClauseContext, key: string): Promise<void> {
  const content = `content of ${key}`
  const copied = 'copies/of-it'
  assert.equal((await store.put(key, content)).key, key)
  assert.equal(await textOf(store, key), content)
  assert.equal((await store.head(key)).key, key)
  assert.deepEqual(await keysOf(store), [key])
  await store.copy(key, copied)
  assert.equal(await textOf(store, copied), content)
  await store.delete(key)
  await rejection(store.head(key), 'not-found')
  await store.copy(copied, key)
  assert.equal(await textOf(store, key), content)
  await store.delete(copied)
  assert.equal(await store.deletePrefix(''), 1, `expected ${key} to be deleted by its listing`)
}
