import assert from 'node:assert/strict'
import { StoreError } from '../../errors.js'
import { type Clause, clausesOf } from '../clause.js'
import { failure, rejection } from '../rejection.js'

export const errorClauses: readonly Clause[] = clausesOf('error', {
  'names operation, key and bucket, and keeps the cause': async ({ store }) => {
    const calls = {
      get: () => store.get('users/1/missing.txt'),
      head: () => store.head('users/1/missing.txt'),
      copy: () => store.copy('users/1/missing.txt', 'target'),
    }
    for (const [operation, call] of Object.entries(calls)) {
      const error = await rejection(call(), 'not-found')
      assert.ok(error instanceof StoreError && error instanceof Error)
      assert.deepEqual(
        [error.name, error.operation, error.key, error.bucket],
        ['StoreError', operation, 'users/1/missing.txt', store.bucket],
      )
      assert.ok(error.cause !== undefined, 'expected the driver’s own error as the cause')
      assert.ok(error.message.includes('"users/1/missing.txt"'), `expected the key in: ${error.message}`)
      assert.ok(error.message.includes(`"${store.bucket}"`), `expected the bucket in: ${error.message}`)
      assert.doesNotMatch(error.message, /undefined|\[object/)
    }
  },
  'wraps an error once': async ({ store }) => {
    const error = await rejection(store.get('missing'), 'not-found')
    assert.ok(!StoreError.is(error.cause), 'expected a cause that is no StoreError')
  },
  'shows control characters in messages escaped': async ({ store }) => {
    const error = await rejection(store.get('evil\n\u001b[31mkey'), 'invalid-key')
    assert.doesNotMatch(error.message, /\p{Cc}/u)
  },
  'refuses lifetimes of signed addresses that are none': async ({ store }) => {
    for (const expiresInSeconds of [0, -1, 1.5, 604_801, Number.NaN]) {
      await rejection(store.signedUrl('key', { expiresInSeconds }), 'invalid-argument')
      const upload = { method: 'POST', contentType: 'image/png', maxBytes: 10, expiresInSeconds } as const
      await rejection(store.presignUpload('key', upload), 'invalid-argument')
    }
  },
  'refuses presigned uploads without a type or a sensible size': async ({ store }) => {
    await rejection(store.presignUpload('key', { method: 'POST', contentType: '', maxBytes: 10 }), 'invalid-argument')
    for (const maxBytes of [0, -1, 1.5, Number.NaN]) {
      await rejection(store.presignUpload('key', { method: 'POST', contentType: 'a/b', maxBytes }), 'invalid-argument')
    }
    const reversed = { method: 'POST', contentType: 'a/b', minBytes: 11, maxBytes: 10 } as const
    await rejection(store.presignUpload('key', reversed), 'invalid-argument')
    const negative = { method: 'PUT', contentType: 'a/b', contentLength: -1 } as const
    await rejection(store.presignUpload('key', negative), 'invalid-argument')
  },
  'can be used again after it was closed': async ({ store }) => {
    await store.put('before', 'x')
    await store.close()
    assert.equal((await store.head('before')).size, 1)
    assert.ok(StoreError.is(await failure(store.head('missing')), 'not-found'))
  },
})
