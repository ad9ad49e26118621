import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PutOptions } from '../../store/options.js'
import { type Clause, type ClauseContext, clausesOf } from '../clause.js'
import { bytesOf, keysOf, patternOf, textOf } from '../contents.js'
import { gatedSource, uploadBegins } from '../gated-source.js'
import { failure, rejection } from '../rejection.js'

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** Long enough for bytes to arrive that ought not to have been sent. */
const SETTLE_MILLISECONDS = 30

async function showsNothingBefore({ store, peer }: ClauseContext, before: Buffer, options: PutOptions): Promise<void> {
  await store.put('seen', 'old')
  for (const key of ['seen', 'unseen']) {
    const source = gatedSource(before, Buffer.from('end'))
    const put = store.put(key, source.stream, options)
    try {
      await Promise.race([source.reached, put])
      if (options.partSizeInBytes === undefined) await sleep(SETTLE_MILLISECONDS)
      else await uploadBegins(store)
      assert.deepEqual(await keysOf(peer), ['seen'])
      assert.equal(await textOf(peer, 'seen', { range: { offset: 0, length: 3 } }), 'old')
      if (key === 'unseen') await rejection(peer.head(key), 'not-found')
    } finally {
      source.open()
      await put
    }
    assert.equal(await textOf(peer, key, { range: { suffix: 3 } }), 'end')
    await store.put('seen', 'old')
  }
  await store.delete('unseen')
}

export const streamClauses: readonly Clause[] = [
  ...clausesOf('write', {
    'shows nothing of a stream before its end': async (context) => {
      const { partSizeInBytes } = context
      const short = patternOf(300_000)
      await showsNothingBefore(context, short, { contentLength: short.length + 3 })
      await showsNothingBefore(context, short, {})
      await showsNothingBefore(context, patternOf(partSizeInBytes * 2 + 500_000), { partSizeInBytes })
    },
    'passes the error of a source on as it is, and leaves what was there': async ({ store, partSizeInBytes }) => {
      await store.put('kept', 'old')
      const attempts = [
        { before: patternOf(100_000), options: { contentLength: 100_003 } },
        { before: patternOf(100_000), options: {} },
        { before: patternOf(partSizeInBytes * 2 + 500_000), options: { partSizeInBytes } },
      ]
      for (const { before, options } of attempts) {
        for (const key of ['kept', 'nothing']) {
          const source = gatedSource(before, Buffer.from('end'))
          const cause = new Error('the disk of the sender failed')
          const put = failure(store.put(key, source.stream, options))
          await source.reached
          if ('partSizeInBytes' in options) await uploadBegins(store)
          source.fail(cause)
          assert.equal(await put, cause)
        }
      }
      assert.equal(await textOf(store, 'kept'), 'old')
      assert.deepEqual(await keysOf(store), ['kept'])
      assert.deepEqual(await store.unfinishedUploads(), [])
    },
    'passes on the error of a source that failed, or was destroyed, before': async ({ store }) => {
      const cause = new Error('failed before')
      const failed = new Readable({ read() {} }).on('error', () => {})
      failed.destroy(cause)
      await sleep(0)
      assert.equal(await failure(store.put('a', failed)), cause)
      const destroyed = Readable.from([Buffer.from('x')])
      destroyed.destroy()
      await failure(store.put('a', destroyed, { contentLength: 1 }))
      assert.deepEqual(await keysOf(store), [])
    },
    'takes text from a stream, and refuses what is neither text nor bytes': async ({ store }) => {
      await store.put('text', Readable.from(['grüße, ', '世界']))
      assert.equal(await textOf(store, 'text'), 'grüße, 世界')
      await rejection(store.put('objects', Readable.from([{ not: 'bytes' }])), 'invalid-argument')
      await rejection(store.put('numbers', Readable.from([1, 2]), { contentLength: 2 }), 'invalid-argument')
      assert.deepEqual(await keysOf(store), ['text'])
    },
  }),
  ...clausesOf('integrity', {
    'stores nothing of a body that is shorter or longer than announced': async ({ store }) => {
      await store.put('kept', 'old')
      for (const contentLength of [0, 5, 9, 11, 1000]) {
        const bodies = [
          Readable.from([Buffer.from('01234'), Buffer.from('56789')]),
          Readable.from([Buffer.from('0123456789')]),
          Buffer.from('0123456789'),
          '0123456789',
          new Blob(['0123456789']),
        ]
        for (const body of bodies) {
          await rejection(store.put('kept', body, { contentLength }), 'integrity')
        }
      }
      await rejection(store.put('none', Readable.from([]), { contentLength: 1 }), 'integrity')
      assert.equal(await textOf(store, 'kept'), 'old')
      assert.deepEqual(await keysOf(store), ['kept'])
    },
    'stores nothing of a long stream that is shorter or longer than announced': async ({ store }) => {
      const bytes = patternOf(600_000)
      for (const contentLength of [bytes.length - 1, bytes.length + 1]) {
        const chunks = Array.from({ length: 6 }, (_, index) => bytes.subarray(index * 100_000, (index + 1) * 100_000))
        await rejection(store.put('long', Readable.from(chunks), { contentLength }), 'integrity')
      }
      assert.deepEqual(await keysOf(store), [])
    },
    'stores only what has the digest that was given': async ({ store }) => {
      const options = { md5: md5('content') }
      await store.put('bytes', 'content', options)
      await store.put('stream', Readable.from([Buffer.from('content')]), { ...options, contentLength: 7 })
      await store.put('unknown', Readable.from([Buffer.from('content')]), options)
      await rejection(store.put('other', 'another', options), 'integrity')
      await rejection(
        store.put('other', Readable.from([Buffer.from('another')]), { ...options, contentLength: 7 }),
        'integrity',
      )
      await rejection(store.put('other', Readable.from([Buffer.from('another')]), options), 'integrity')
      await rejection(store.put('other', 'content', { md5: 'not hex' }), 'invalid-argument')
      assert.deepEqual(await keysOf(store), ['bytes', 'stream', 'unknown'])
    },
  }),
  ...clausesOf('large-body', {
    'stores a long stream of unknown length': async ({ store, partSizeInBytes }) => {
      const bytes = patternOf(Math.floor(partSizeInBytes * 2.5))
      const pieces = Array.from({ length: Math.ceil(bytes.length / 50_001) }, (_, index) =>
        bytes.subarray(index * 50_001, (index + 1) * 50_001),
      )
      const attributes = { contentType: 'image/png', metadata: { by: 'leo' } }
      const version = await store.put('long', Readable.from(pieces), { ...attributes, partSizeInBytes })
      const { body, ...head } = await store.get('long')
      body.destroy()
      assert.deepEqual([version.size, version.etag], [bytes.length, head.etag])
      assert.deepEqual([head.size, head.contentType, head.metadata], [bytes.length, 'image/png', { by: 'leo' }])
      assert.ok((await bytesOf(store, 'long')).equals(bytes), 'expected the same bytes')
      assert.deepEqual(await store.unfinishedUploads(), [])
    },
    'stores a stream that ends exactly with a part': async ({ store, partSizeInBytes }) => {
      for (const parts of [1, 2]) {
        const bytes = patternOf(partSizeInBytes * parts)
        await store.put(`parts-${parts}`, Readable.from([bytes]), { partSizeInBytes })
        assert.ok((await bytesOf(store, `parts-${parts}`)).equals(bytes), 'expected the same bytes')
      }
    },
    'stores a long stream of known length': async ({ store, partSizeInBytes }) => {
      const bytes = patternOf(partSizeInBytes * 2 + 3)
      const pieces = [
        bytes.subarray(0, 1000),
        Buffer.alloc(0),
        bytes.subarray(1000, 2_000_000),
        bytes.subarray(2_000_000),
      ]
      await store.put('long', Readable.from(pieces), { contentLength: bytes.length })
      assert.ok((await bytesOf(store, 'long')).equals(bytes), 'expected the same bytes')
    },
    'checks the digest of a long stream, and leaves nothing of a wrong one': async ({ store, partSizeInBytes }) => {
      const bytes = patternOf(partSizeInBytes * 2 + 3)
      const digest = createHash('md5').update(bytes).digest('hex')
      await store.put('right', Readable.from([bytes]), { md5: digest, partSizeInBytes })
      const wrong = store.put('wrong', Readable.from([bytes.subarray(1)]), { md5: digest, partSizeInBytes })
      await rejection(wrong, 'integrity')
      assert.deepEqual(await keysOf(store), ['right'])
      assert.deepEqual(await store.unfinishedUploads(), [])
    },
    'copies from one key to another through this process': async ({ store, peer, partSizeInBytes }) => {
      const bytes = patternOf(partSizeInBytes + 77)
      await store.put('from', bytes)
      const { body, size } = await store.get('from')
      await peer.put('to', body, { contentLength: size })
      assert.ok((await bytesOf(store, 'to')).equals(bytes), 'expected the same bytes')
    },
  }),
]
