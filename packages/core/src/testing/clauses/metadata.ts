import assert from 'node:assert/strict'
import { type Clause, clausesOf } from '../clause.js'
import { keysOf, textOf } from '../contents.js'
import { rejection } from '../rejection.js'

const ODD_VALUES: Readonly<Record<string, string>> = {
  'an empty value': '',
  'spaces around': '  spaces around  ',
  'only spaces': '   ',
  'non-ASCII text': 'für später, 世界, 🪣',
  'composed and decomposed characters': 'caf\u00e9 cafe\u0301',
  'line breaks and tabs': 'one\r\ntwo\nthree\tfour',
  'control characters': 'bell\u0007 null\u0000 delete\u007f',
  'percent literals': '100% %41 %C3%BC %',
  'encoded words': '=?UTF-8?B?w7w=?= =?utf-8?Q?=C3=BC?=',
  'header syntax': 'a=b; c="d", e: f, *=UTF-8\'\'x',
  'quotes and backslashes': `"quoted" 'single' back\\slash`,
  JSON: '{"x":1,"name":"Zoë"}',
  'a long value': 'long '.repeat(100),
}

const ATTRIBUTES = {
  contentType: 'image/svg+xml; charset=utf-8',
  cacheControl: 'public, max-age=31536000, immutable',
  contentDisposition: `attachment; filename="leo.svg"; filename*=UTF-8''l%C3%A9o.svg`,
  contentEncoding: 'gzip',
  metadata: { by: 'leo', 'camera-model': 'X100' },
}

export const metadataClauses: readonly Clause[] = clausesOf('metadata', {
  'keeps type, caching, disposition, encoding and metadata': async ({ store, peer }) => {
    await store.put('all', 'content', ATTRIBUTES)
    const { contentType, cacheControl, contentDisposition, contentEncoding, metadata } = await peer.head('all')
    assert.deepEqual({ contentType, cacheControl, contentDisposition, contentEncoding, metadata }, ATTRIBUTES)
    // Bytes are the store's business, and not decoded.
    assert.equal(await textOf(peer, 'all'), 'content')
  },
  'keeps an explicit type, whatever key and content say': async ({ store }) => {
    await store.put('page.html', '<p>', { contentType: 'text/plain' })
    assert.equal((await store.head('page.html')).contentType, 'text/plain')
  },
  'invents no metadata, caching, disposition or encoding': async ({ store }) => {
    await store.put('bare.txt', 'content')
    const { cacheControl, contentDisposition, contentEncoding, metadata } = await store.head('bare.txt')
    assert.deepEqual(
      [cacheControl, contentDisposition, contentEncoding, metadata],
      [undefined, undefined, undefined, {}],
    )
  },
  ...Object.fromEntries(
    Object.entries(ODD_VALUES).map(([what, value]) => [
      `keeps ${what} in metadata`,
      async ({ store }) => {
        await store.put('odd', 'content', { metadata: { odd: value, plain: 'beside' } })
        assert.deepEqual((await store.head('odd')).metadata, { odd: value, plain: 'beside' })
        const { body, metadata } = await store.get('odd')
        body.destroy()
        assert.deepEqual(metadata, { odd: value, plain: 'beside' })
      },
    ]),
  ),
  'folds metadata names to lower case': async ({ store }) => {
    await store.put('folded', 'content', { metadata: { 'Camera-Model': 'X100', constructor: 'Leo' } })
    assert.deepEqual((await store.head('folded')).metadata, { 'camera-model': 'X100', constructor: 'Leo' })
  },
  'refuses metadata names that are none, or differ only in case': async ({ store }) => {
    const refused: Record<string, string>[] = [
      { '': 'x' },
      { 'a b': 'x' },
      { ü: 'x' },
      { 'a:b': 'x' },
      { 'a\n': 'x' },
      { a_b: 'x' },
      { A: '1', a: '2' },
    ]
    for (const metadata of refused) {
      await rejection(store.put('refused', 'content', { metadata }), 'invalid-argument')
    }
    assert.deepEqual(await keysOf(store), [])
  },
  'refuses attributes that no header can carry': async ({ store }) => {
    const refused = [
      { contentType: '' },
      { contentType: 'text/plain\r\nx-evil: 1' },
      { cacheControl: 'größer' },
      { contentDisposition: 'attachment; filename="ü"' },
      { contentEncoding: '\u0000' },
      { metadata: { broken: '\ud800' } },
    ]
    for (const attributes of refused) {
      await rejection(store.put('refused', 'content', attributes), 'invalid-argument')
    }
    assert.deepEqual(await keysOf(store), [])
  },
})
