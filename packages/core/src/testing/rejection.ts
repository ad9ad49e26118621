import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { StoreError, type StoreErrorCode } from '../errors.js'

/** The StoreError with which a promise rejects. Fails where it resolves, or rejects with anything else. */
export async function rejection(promise: Promise<unknown>, ...codes: StoreErrorCode[]): Promise<StoreError> {
  const error = await failure(promise)
  // Passed on untouched, so that a departure is seen as what it is.
  if (StoreError.is(error, 'unsupported') && !codes.includes('unsupported')) throw error
  assert.ok(StoreError.is(error), `expected a StoreError; received ${String(error)}`)
  assert.ok(
    codes.includes(error.code),
    `expected the code ${codes.join(' or ')}; received ${error.code}: ${error.message}`,
  )
  return error
}

/** Whatever a promise rejects with. Fails where it resolves. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error
  }
  assert.fail(`expected a rejection; received ${inspect(value, { depth: 1 })}`)
}
