import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { type Clause, clausesOf } from '../clause.js'
import { bytesOf, keysOf, patternOf, textOf } from '../contents.js'
import { rejection } from '../rejection.js'

const MEBIBYTE = 1024 ** 2

export const readClauses: readonly Clause[] = clausesOf('read', {
  'opens an object with its size, ETag, date and bytes': async ({ store }) => {
    const { etag } = await store.put('users/1/leo.txt', 'a photo of Leo')
    const { body, ...opened } = await store.get('users/1/leo.txt')
    assert.equal((await buffer(body)).toString(), 'a photo of Leo')
    assert.deepEqual([opened.key, opened.size, opened.etag], ['users/1/leo.txt', 14, etag])
    assert.equal(opened.range, undefined)
    assert.ok(opened.lastModified.getTime() > 0, 'expected a date of the last change')
  },
  'says the same in head, get and list': async ({ store }) => {
    await store.put('same', 'content', { contentType: 'text/plain', metadata: { by: 'leo' } })
    const { body, ...opened } = await store.get('same')
    body.destroy()
    const head = await store.head('same')
    const [listed] = await store.list().toArray()
    assert.deepEqual(
      { ...opened, range: undefined, lastModified: undefined },
      { ...head, range: undefined, lastModified: undefined },
    )
    assert.deepEqual([listed?.key, listed?.size, listed?.etag], [head.key, head.size, head.etag])
  },
  'rejects a missing object with `not-found`, before any stream': async ({ store }) => {
    await rejection(store.get('missing'), 'not-found')
    await rejection(store.get('missing', { range: { offset: 1, length: 2 } }), 'not-found')
    await rejection(store.get('missing', { range: { offset: 0, length: 0 } }), 'not-found')
    await rejection(store.head('missing'), 'not-found')
    await rejection(store.get('missing/deeper'), 'not-found')
  },
  'takes no prefix of other keys for an object': async ({ store }) => {
    await store.put('users/1/leo.txt', 'leo')
    await rejection(store.get('users/1'), 'not-found')
    await rejection(store.head('users'), 'not-found')
  },
  'takes no longer key for the object': async ({ store }) => {
    await store.put('users/leo.txt', 'leo')
    await rejection(store.head('users/leo.txt.bak'), 'not-found')
    await rejection(store.head('users/leo'), 'not-found')
  },
  'releases bodies that are destroyed unread': async ({ store }) => {
    await store.put('large', patternOf(MEBIBYTE))
    // More than an HTTP client keeps connections.
    for (let round = 0; round < 8; round++) {
      const opened = await Promise.all(Array.from({ length: 8 }, () => store.get('large')))
      for (const { body } of opened) body.destroy()
    }
    assert.equal((await bytesOf(store, 'large')).length, MEBIBYTE)
  },
  'gives an opened version to its end while it is replaced': async ({ store, peer }) => {
    const old = patternOf(4 * MEBIBYTE, 1)
    await store.put('replaced', old)
    const read: Buffer[] = []
    for await (const chunk of (await store.get('replaced')).body) {
      if (read.length === 0) await peer.put('replaced', patternOf(4 * MEBIBYTE, 2))
      read.push(chunk)
    }
    assert.ok(Buffer.concat(read).equals(old), 'expected the opened version; received another one')
  },
  'hands out bytes and metadata that the caller may change': async ({ store }) => {
    await store.put('own', 'untouched', { metadata: { kept: 'yes' } })
    const { body, metadata } = await store.get('own')
    for await (const chunk of body) chunk.fill('x')
    Object.assign(metadata, { kept: 'no' })
    Object.assign((await store.head('own')).metadata, { kept: 'no' })
    assert.equal(await textOf(store, 'own'), 'untouched')
    assert.deepEqual((await store.head('own')).metadata, { kept: 'yes' })
  },
  'takes a relative path for its key': async ({ store }) => {
    assert.equal((await store.put('/uploads/leo.txt', 'leo')).key, 'uploads/leo.txt')
    assert.equal(await textOf(store, '/uploads/leo.txt'), 'leo')
    assert.deepEqual(await keysOf(store, '/uploads/'), ['uploads/leo.txt'])
  },
})

export const rangeClauses: readonly Clause[] = clausesOf('range', {
  'reads the middle, and says which bytes these are': async ({ store }) => {
    const { etag } = await store.put('digits', '0123456789', { contentType: 'text/plain' })
    const { body, ...opened } = await store.get('digits', { range: { offset: 3, length: 4 } })
    assert.equal((await buffer(body)).toString(), '3456')
    assert.deepEqual(opened.range, { offset: 3, length: 4 })
    assert.deepEqual([opened.size, opened.etag, opened.contentType], [10, etag, 'text/plain'])
  },
  'reads from an offset to the end': async ({ store }) => {
    await store.put('digits', '0123456789')
    const { body, range } = await store.get('digits', { range: { offset: 7 } })
    assert.equal((await buffer(body)).toString(), '789')
    assert.deepEqual(range, { offset: 7, length: 3 })
  },
  'reads a suffix, and all of an object that is shorter': async ({ store }) => {
    await store.put('digits', '0123456789')
    const { body, range } = await store.get('digits', { range: { suffix: 3 } })
    assert.equal((await buffer(body)).toString(), '789')
    assert.deepEqual(range, { offset: 7, length: 3 })
    assert.equal(await textOf(store, 'digits', { range: { suffix: 100 } }), '0123456789')
  },
  'cuts a range at the end of the object': async ({ store }) => {
    await store.put('digits', '0123456789')
    const { body, range } = await store.get('digits', { range: { offset: 8, length: 100 } })
    assert.equal((await buffer(body)).toString(), '89')
    assert.deepEqual(range, { offset: 8, length: 2 })
  },
  'reads no bytes where none are asked for': async ({ store }) => {
    await store.put('digits', '0123456789')
    const { body, range, size } = await store.get('digits', { range: { offset: 4, length: 0 } })
    assert.equal((await buffer(body)).length, 0)
    assert.deepEqual([range, size], [{ offset: 4, length: 0 }, 10])
  },
  'reads any range of an empty object as empty': async ({ store }) => {
    await store.put('empty', '')
    for (const range of [{ offset: 0 }, { offset: 0, length: 5 }, { suffix: 5 }]) {
      const { body, size } = await store.get('empty', { range })
      assert.deepEqual([(await buffer(body)).length, size], [0, 0])
    }
  },
  'refuses a range that starts past the end': async ({ store }) => {
    await store.put('digits', '0123456789')
    await rejection(store.get('digits', { range: { offset: 10 } }), 'invalid-argument')
    await rejection(store.get('digits', { range: { offset: 11, length: 2 } }), 'invalid-argument')
    await rejection(store.get('digits', { range: { offset: 11, length: 0 } }), 'invalid-argument')
  },
  'refuses ranges that are none': async ({ store }) => {
    await store.put('digits', '0123456789')
    for (const range of [{ offset: -1 }, { offset: 0.5 }, { offset: 0, length: -1 }, { suffix: 0 }, { suffix: -3 }]) {
      await rejection(store.get('digits', { range }), 'invalid-argument')
    }
  },
  'gives the whole object in consecutive ranges': async ({ store }) => {
    const bytes = patternOf(MEBIBYTE + 17)
    await store.put('pieces', bytes)
    const pieces: Buffer[] = []
    for (let offset = 0; offset < bytes.length; offset += 300_000) {
      pieces.push(await bytesOf(store, 'pieces', { range: { offset, length: 300_000 } }))
    }
    assert.ok(Buffer.concat(pieces).equals(bytes), 'expected the pieces to make the whole')
  },
})
