import assert from 'node:assert/strict'
import { type Clause, type ClauseContext, clausesOf } from '../clause.js'
import { keysOf, patternOf, putAll, textOf } from '../contents.js'
import { gatedSource, uploadBegins } from '../gated-source.js'
import { failure } from '../rejection.js'

interface CancelledPut {
  readonly before: Buffer
  readonly options: { readonly contentLength?: number; readonly partSizeInBytes?: number }
}

async function cancelsPut({ store }: ClauseContext, { before, options }: CancelledPut): Promise<void> {
  await store.put('kept', 'old')
  for (const key of ['kept', 'nothing']) {
    const source = gatedSource(before, Buffer.from('end'))
    const controller = new AbortController()
    const put = failure(store.put(key, source.stream, { ...options, signal: controller.signal }))
    await source.reached
    if (options.partSizeInBytes !== undefined) await uploadBegins(store)
    controller.abort()
    assert.equal(await put, controller.signal.reason)
    assert.ok(source.stream.destroyed, 'expected the source to be released')
    source.open()
  }
  assert.equal(await textOf(store, 'kept'), 'old')
  assert.deepEqual(await keysOf(store), ['kept'])
  assert.deepEqual(await store.unfinishedUploads(), [])
}

export const cancelClauses: readonly Clause[] = clausesOf('cancel', {
  'does nothing under a signal that is aborted already, in every verb': async ({ store }) => {
    await putAll(store, ['kept', 'also/kept'])
    const upload = await store.multipart('begun')
    const reason = new Error('the person left')
    const signal = AbortSignal.abort(reason)
    const calls: Record<string, () => Promise<unknown>> = {
      get: () => store.get('kept', { signal }),
      head: () => store.head('kept', { signal }),
      put: () => store.put('kept', 'new', { signal }),
      'put a stream': () => store.put('new', gatedSource(Buffer.from('a'), Buffer.from('b')).stream, { signal }),
      copy: () => store.copy('kept', 'copied', { signal }),
      delete: () => store.delete('kept', { signal }),
      deletePrefix: () => store.deletePrefix('also/', { signal }),
      list: () => store.list('', { signal }).toArray(),
      multipart: () => store.multipart('another', { signal }),
      unfinishedUploads: () => store.unfinishedUploads('', { signal }),
      uploadPart: () => upload.uploadPart(1, Buffer.from('x'), { signal }),
      parts: () => upload.parts({ signal }),
      complete: () => upload.complete([{ partNumber: 1, etag: '"x"', size: 1 }], { signal }),
      abort: () => upload.abort({ signal }),
    }
    for (const [verb, call] of Object.entries(calls)) {
      assert.equal(await failure(call()), reason, `expected ${verb} to reject with the reason`)
    }
    assert.deepEqual(await keysOf(store), ['also/kept', 'kept'])
    assert.equal(await textOf(store, 'kept'), 'content of kept')
    assert.equal((await store.unfinishedUploads()).length, 1)
    await upload.abort()
  },
  'rejects with an AbortError where no other reason is given': async ({ store }) => {
    const error = await failure(store.get('any', { signal: AbortSignal.abort() }))
    assert.ok(
      error instanceof Error && error.name === 'AbortError',
      `expected an AbortError; received ${String(error)}`,
    )
  },
  'cancels a stream of known length, and leaves what was there': (context) => {
    const before = patternOf(300_000)
    return cancelsPut(context, { before, options: { contentLength: before.length + 3 } })
  },
  'cancels a short stream of unknown length, and leaves what was there': (context) =>
    cancelsPut(context, { before: patternOf(300_000), options: {} }),
  'cancels a long stream of unknown length, and leaves what was there': (context) => {
    const { partSizeInBytes } = context
    return cancelsPut(context, { before: patternOf(partSizeInBytes * 2 + 500_000), options: { partSizeInBytes } })
  },
  'ends an opened body': async ({ store }) => {
    await store.put('large', patternOf(1024 ** 2))
    const controller = new AbortController()
    const { body } = await store.get('large', { signal: controller.signal })
    const reading = (async () => {
      for await (const _chunk of body) controller.abort()
    })()
    assert.equal(await failure(reading), controller.signal.reason)
    assert.ok(body.destroyed, 'expected the body to be released')
  },
  'ends a listing between two pages': async ({ store }) => {
    await putAll(store, ['a', 'b', 'c'])
    const controller = new AbortController()
    const listing = (async () => {
      for await (const _entry of store.list('', { pageSize: 1, signal: controller.signal })) controller.abort()
    })()
    assert.equal(await failure(listing), controller.signal.reason)
  },
  'has no effect once the call is done': async ({ store }) => {
    const controller = new AbortController()
    await store.put('done', 'content', { signal: controller.signal })
    controller.abort()
    assert.equal(await textOf(store, 'done'), 'content')
  },
})
