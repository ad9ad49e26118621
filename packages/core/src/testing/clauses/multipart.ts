import assert from 'node:assert/strict'
import { type Clause, clausesOf } from '../clause.js'
import { bytesOf, keysOf, patternOf, textOf } from '../contents.js'
import { rejection } from '../rejection.js'

/** On its own, as Ceph RGW completes an upload only with all the parts that came. */
const subsetClauses = clausesOf('multipart-subset', {
  'leaves out the parts that are not named': async ({ store, partSizeInBytes }) => {
    const upload = await store.multipart('chosen')
    const first = await upload.uploadPart(1, patternOf(partSizeInBytes))
    await upload.uploadPart(2, patternOf(partSizeInBytes, 2))
    const last = await upload.uploadPart(7, Buffer.from('end'))
    assert.equal((await upload.complete([first, last])).size, partSizeInBytes + 3)
    assert.equal((await bytesOf(store, 'chosen', { range: { suffix: 3 } })).toString(), 'end')
    assert.equal((await store.head('chosen')).size, partSizeInBytes + 3)
  },
})

export const multipartClauses: readonly Clause[] = [
  ...subsetClauses,
  ...clausesOf('multipart', {
    'assembles parts that came out of order, and shows nothing before': async ({ store, partSizeInBytes }) => {
      const [one, two, three] = [patternOf(partSizeInBytes, 1), patternOf(partSizeInBytes + 7, 2), patternOf(99, 3)]
      const upload = await store.multipart('assembled', { contentType: 'image/png', metadata: { by: 'léo' } })
      const third = await upload.uploadPart(3, three)
      const first = await upload.uploadPart(1, one)
      const second = await upload.uploadPart(2, two)
      await rejection(store.head('assembled'), 'not-found')
      assert.deepEqual(await keysOf(store), [])
      const version = await upload.complete([third, first, second])
      const head = await store.head('assembled')
      assert.deepEqual([version.key, version.size, version.etag], ['assembled', head.size, head.etag])
      assert.notEqual(head.etag, '')
      assert.deepEqual([head.contentType, head.metadata], ['image/png', { by: 'léo' }])
      assert.ok((await bytesOf(store, 'assembled')).equals(Buffer.concat([one, two, three])), 'expected all in order')
    },
    'goes on at another server, and knows what arrived': async ({ store, peer, partSizeInBytes }) => {
      const bytes = patternOf(partSizeInBytes + 10)
      const begun = await store.multipart('moved')
      const first = await begun.uploadPart(1, bytes.subarray(0, partSizeInBytes))
      const resumed = await peer.multipart('moved', { uploadId: begun.uploadId })
      assert.deepEqual(await resumed.parts(), [first])
      await resumed.uploadPart(2, bytes.subarray(partSizeInBytes))
      const parts = await begun.parts()
      assert.deepEqual(
        parts.map(({ partNumber, size }) => [partNumber, size]),
        [
          [1, partSizeInBytes],
          [2, 10],
        ],
      )
      await resumed.complete(parts)
      assert.ok((await bytesOf(store, 'moved')).equals(bytes), 'expected the parts of both servers')
    },
    'takes the last upload of a part': async ({ store }) => {
      const upload = await store.multipart('replaced')
      const old = await upload.uploadPart(1, Buffer.from('old part'))
      const part = await upload.uploadPart(1, Buffer.from('new part'))
      assert.notEqual(part.etag, old.etag)
      assert.deepEqual(await upload.parts(), [part])
      await rejection(upload.complete([old]), 'invalid-argument')
      await upload.complete([part])
      assert.equal(await textOf(store, 'replaced'), 'new part')
    },
    'overwrites an earlier object only when it completes': async ({ store }) => {
      await store.put('overwritten', 'old', { metadata: { old: '1' } })
      const upload = await store.multipart('overwritten')
      const part = await upload.uploadPart(1, Buffer.from('new'))
      assert.equal(await textOf(store, 'overwritten'), 'old')
      await upload.complete([part])
      assert.equal(await textOf(store, 'overwritten'), 'new')
      assert.deepEqual((await store.head('overwritten')).metadata, {})
    },
    'forgets an aborted upload and leaves the object': async ({ store }) => {
      await store.put('kept', 'old')
      const upload = await store.multipart('kept')
      const part = await upload.uploadPart(1, Buffer.from('new'))
      await upload.abort()
      await upload.abort()
      assert.equal(await textOf(store, 'kept'), 'old')
      await rejection(upload.uploadPart(2, Buffer.from('late')), 'not-found')
      await rejection(upload.parts(), 'not-found')
      await rejection(upload.complete([part]), 'not-found')
      assert.equal(await textOf(store, 'kept'), 'old')
    },
    'knows no upload under another key': async ({ store }) => {
      const upload = await store.multipart('mine')
      const part = await upload.uploadPart(1, Buffer.from('mine'))
      const other = await store.multipart('yours', { uploadId: upload.uploadId })
      await rejection(other.uploadPart(1, Buffer.from('yours')), 'not-found')
      await rejection(other.parts(), 'not-found')
      await rejection(other.complete([part]), 'not-found')
      await upload.complete([part])
      assert.deepEqual(await keysOf(store), ['mine'])
    },
    'keeps uploads of one key apart': async ({ store }) => {
      const one = await store.multipart('shared')
      const two = await store.multipart('shared')
      const partOne = await one.uploadPart(1, Buffer.from('one'))
      const partTwo = await two.uploadPart(1, Buffer.from('two'))
      await one.complete([partOne])
      assert.equal(await textOf(store, 'shared'), 'one')
      await two.complete([partTwo])
      assert.equal(await textOf(store, 'shared'), 'two')
    },
    'refuses to complete with parts that never arrived, and can go on': async ({ store }) => {
      const upload = await store.multipart('refused')
      const part = await upload.uploadPart(1, Buffer.from('part'))
      await rejection(upload.complete([]), 'invalid-argument')
      await rejection(upload.complete([part, part]), 'invalid-argument')
      await rejection(upload.complete([part, { ...part, partNumber: 2 }]), 'invalid-argument')
      await rejection(store.head('refused'), 'not-found')
      await upload.complete([part])
      assert.equal(await textOf(store, 'refused'), 'part')
    },
    'refuses part numbers that are none': async ({ store }) => {
      const upload = await store.multipart('numbers')
      for (const number of [0, -1, 10_001, 1.5]) {
        await rejection(upload.uploadPart(number, Buffer.from('x')), 'invalid-argument')
      }
      assert.deepEqual(await upload.parts(), [])
      await upload.abort()
    },
    'lists unfinished uploads below a prefix': async ({ store, below }) => {
      const one = await store.multipart('tmp/1/a b')
      const two = await below('tmp/').multipart('1/ü')
      const other = await store.multipart('tmp/10/c')
      const unfinished = await store.unfinishedUploads('tmp/1/')
      assert.deepEqual(
        unfinished.map(({ key, uploadId }) => [key, uploadId]).sort(),
        [
          ['tmp/1/a b', one.uploadId],
          ['tmp/1/ü', two.uploadId],
        ].sort(),
      )
      assert.ok(
        unfinished.every(({ initiated }) => initiated.getTime() > 0),
        'expected dates',
      )
      await one.complete([await one.uploadPart(1, Buffer.from('x'))])
      await two.abort()
      assert.deepEqual(
        (await store.unfinishedUploads()).map(({ key }) => key),
        ['tmp/10/c'],
      )
      await other.abort()
      assert.deepEqual(await store.unfinishedUploads(), [])
    },
  }),
]
