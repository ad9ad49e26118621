import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import type { WriteMode } from '../../contract/driver.js'
import { StoreError } from '../../errors.js'
import type { BucketStore } from '../../store/bucket-store.js'
import { type Clause, clausesOf } from '../clause.js'
import { bytesOf, keysOf, patternOf, textOf } from '../contents.js'
import { increment } from '../counter.js'
import { rejection } from '../rejection.js'

const WORKERS = 4
const ROUNDS = 5

/** Writes one body per mode at once, by two servers in turn. Gives the bodies that certainly, and those that maybe, won. */
async function race(stores: readonly BucketStore[], key: string, bodies: readonly string[], mode: WriteMode) {
  const outcomes = await Promise.allSettled(
    bodies.map((body, index) => (stores[index % stores.length] as BucketStore).put(key, body, { mode })),
  )
  const won: string[] = []
  const unknown: string[] = []
  for (const [index, outcome] of outcomes.entries()) {
    const body = bodies[index] ?? ''
    if (outcome.status === 'fulfilled') won.push(body)
    else if (StoreError.is(outcome.reason, 'outcome-unknown')) unknown.push(body)
    else if (!StoreError.is(outcome.reason, 'already-exists', 'precondition-failed')) throw outcome.reason
  }
  return { won, unknown }
}

function expectOneWinner(
  stored: string,
  { won, unknown }: { readonly won: string[]; readonly unknown: string[] },
): void {
  assert.ok(won.length <= 1, `expected one winner; received ${won.length}`)
  assert.ok([...won, ...unknown].includes(stored), 'expected the content of a winner; received that of a loser')
  if (won.length === 1) assert.equal(stored, won[0])
}

const racers = Array.from({ length: 8 }, (_, writer) => `writer ${writer}`)

export const conditionalClauses: readonly Clause[] = [
  ...clausesOf('conditional-write', {
    'creates an object once': async ({ store, peer }) => {
      await store.put('once', 'first', { mode: 'create', contentType: 'text/plain' })
      await rejection(peer.put('once', 'second', { mode: 'create', contentType: 'text/html' }), 'already-exists')
      assert.equal(await textOf(store, 'once'), 'first')
      assert.equal((await store.head('once')).contentType, 'text/plain')
    },
    'creates an object once from a stream': async ({ store }) => {
      await store.put('once', Readable.from([Buffer.from('first')]), { mode: 'create', contentLength: 5 })
      const again = [{ contentLength: 6 }, {}]
      for (const options of again) {
        const stream = Readable.from([Buffer.from('second')])
        await rejection(store.put('once', stream, { mode: 'create', ...options }), 'already-exists')
        assert.ok(stream.destroyed, 'expected the source to be released')
      }
      assert.equal(await textOf(store, 'once'), 'first')
    },
    'creates again what was deleted': async ({ store }) => {
      await store.put('again', 'first', { mode: 'create' })
      await store.delete('again')
      await store.put('again', 'second', { mode: 'create' })
      assert.equal(await textOf(store, 'again'), 'second')
    },
    'lets one of many racing creates win': async ({ store, peer }) => {
      const outcome = await race([store, peer], 'raced', racers, 'create')
      expectOneWinner(await textOf(store, 'raced'), outcome)
    },
    'replaces exactly the version that is named': async ({ store }) => {
      const first = await store.put('pointer', 'first')
      const second = await store.put('pointer', 'second', { mode: { ifMatch: first.etag } })
      assert.notEqual(second.etag, first.etag)
      assert.equal((await store.head('pointer')).etag, second.etag)
      const third = await store.put('pointer', 'third', { mode: { ifMatch: second.etag } })
      assert.equal(await textOf(store, 'pointer', { ifMatch: third.etag }), 'third')
    },
    'takes the ETag that head, get and list gave': async ({ store }) => {
      await store.put('pointer', '0')
      const { etag } = await store.head('pointer')
      await store.put('pointer', '1', { mode: { ifMatch: etag } })
      const { body, ...opened } = await store.get('pointer')
      body.destroy()
      await store.put('pointer', '2', { mode: { ifMatch: opened.etag } })
      const [listed] = await store.list().toArray()
      await store.put('pointer', '3', { mode: { ifMatch: listed?.etag ?? 'none listed' } })
      assert.equal(await textOf(store, 'pointer'), '3')
    },
    'leaves another version than the one named': async ({ store, peer }) => {
      const stale = await store.put('pointer', 'first')
      await peer.put('pointer', 'second')
      await rejection(store.put('pointer', 'third', { mode: { ifMatch: stale.etag } }), 'precondition-failed')
      const stream = Readable.from([Buffer.from('third')])
      await rejection(
        store.put('pointer', stream, { mode: { ifMatch: stale.etag }, contentLength: 5 }),
        'precondition-failed',
      )
      assert.equal(await textOf(store, 'pointer'), 'second')
    },
    'makes nothing where the version named is gone': async ({ store }) => {
      const { etag } = await store.put('pointer', 'first')
      await store.delete('pointer')
      await rejection(store.put('pointer', 'second', { mode: { ifMatch: etag } }), 'precondition-failed')
      await rejection(store.put('never', 'there', { mode: { ifMatch: etag } }), 'precondition-failed')
      assert.deepEqual(await keysOf(store), [])
    },
    'lets one of many racing replacements win': async ({ store, peer }) => {
      const { etag } = await store.put('raced', 'at first')
      const outcome = await race([store, peer], 'raced', racers, { ifMatch: etag })
      const stored = await textOf(store, 'raced')
      if (stored === 'at first') assert.deepEqual(outcome.won, [])
      else expectOneWinner(stored, outcome)
    },
    'counts exactly when several servers increment at once': async ({ store, peer }) => {
      await store.put('counter.json', JSON.stringify({ total: 0, operations: [] }))
      const workers = Array.from({ length: WORKERS }, async (_, worker) => {
        for (let round = 0; round < ROUNDS; round++) {
          await increment(worker % 2 ? peer : store, 'counter.json', `${worker}-${round}`)
        }
      })
      await Promise.all(workers)
      const { total, operations } = JSON.parse(await textOf(store, 'counter.json'))
      assert.equal(total, WORKERS * ROUNDS)
      assert.equal(new Set(operations).size, WORKERS * ROUNDS, 'expected every increment once')
    },
    'refuses modes that are none': async ({ store }) => {
      await rejection(store.put('a', 'x', { mode: { ifMatch: '' } }), 'invalid-argument')
      await rejection(store.put('a', 'x', { mode: { ifMatch: 'two\nlines' } }), 'invalid-argument')
      assert.deepEqual(await keysOf(store), [])
    },
  }),
  ...clausesOf('conditional-read', {
    'reads only the version that is named': async ({ store }) => {
      const stale = await store.put('pinned', 'first')
      const { etag } = await store.put('pinned', 'second')
      assert.equal(await textOf(store, 'pinned', { ifMatch: etag }), 'second')
      assert.equal(await textOf(store, 'pinned', { ifMatch: etag, range: { offset: 1, length: 2 } }), 'ec')
      assert.equal((await store.head('pinned', { ifMatch: etag })).etag, etag)
      await rejection(store.get('pinned', { ifMatch: stale.etag }), 'precondition-failed')
      await rejection(store.get('pinned', { ifMatch: stale.etag, range: { offset: 1 } }), 'precondition-failed')
      await rejection(store.head('pinned', { ifMatch: stale.etag }), 'precondition-failed')
    },
    'reads only what changed since a version': async ({ store }) => {
      const first = await store.put('watched', 'first')
      await rejection(store.get('watched', { ifNoneMatch: first.etag }), 'precondition-failed')
      await rejection(store.head('watched', { ifNoneMatch: first.etag }), 'precondition-failed')
      await store.put('watched', 'second')
      assert.equal(await textOf(store, 'watched', { ifNoneMatch: first.etag }), 'second')
      assert.equal((await store.head('watched', { ifNoneMatch: first.etag })).size, 6)
    },
    'rejects a missing object with `not-found` under a condition too': async ({ store }) => {
      const { etag } = await store.put('gone', 'x')
      await store.delete('gone')
      await rejection(store.get('gone', { ifMatch: etag }), 'not-found')
      await rejection(store.head('gone', { ifNoneMatch: etag }), 'not-found')
    },
  }),
  ...clausesOf('conditional-multipart', {
    'creates an object once from parts': async ({ store }) => {
      const upload = await store.multipart('once', { mode: 'create' })
      const parts = [await upload.uploadPart(1, Buffer.from('from parts'))]
      await store.put('once', 'meanwhile')
      await rejection(upload.complete(parts), 'already-exists')
      assert.equal(await textOf(store, 'once'), 'meanwhile')
      await upload.abort()
    },
    'replaces exactly the version that is named, from parts': async ({ store }) => {
      const { etag } = await store.put('pointer', 'first')
      const upload = await store.multipart('pointer', { mode: { ifMatch: etag } })
      await upload.complete([await upload.uploadPart(1, Buffer.from('second'))])
      assert.equal(await textOf(store, 'pointer'), 'second')
      const late = await store.multipart('pointer', { mode: { ifMatch: etag } })
      await rejection(late.complete([await late.uploadPart(1, Buffer.from('late'))]), 'precondition-failed')
      assert.equal(await textOf(store, 'pointer'), 'second')
      await late.abort()
    },
    'creates an object once from a long stream of unknown length': async ({ store, partSizeInBytes }) => {
      const bytes = patternOf(partSizeInBytes + 100)
      const options = { mode: 'create', partSizeInBytes } as const
      await store.put('long', Readable.from([bytes]), options)
      await rejection(store.put('long', Readable.from([bytes, bytes]), options), 'already-exists')
      assert.ok((await bytesOf(store, 'long')).equals(bytes), 'expected the first body')
      assert.deepEqual(await store.unfinishedUploads(), [])
    },
  }),
]
