import { StoreError, type StoreErrorCode } from '@bucket-brigade/core'
import { describe, expect, it } from 'vitest'
import { HttpProblem, problemOf } from '../../src/index.js'

function storeError(code: StoreErrorCode): StoreError {
  return new StoreError(code, `get "secret/key" in bucket "hidden": ${code}`, {
    operation: 'get',
    bucket: 'hidden',
    key: 'secret/key',
  })
}

describe('problemOf', () => {
  it('leaves a HttpProblem as it is', () => {
    const problem = new HttpProblem(418, 'teapot', 'Short and stout.', { headers: { 'X-Tea': 'Earl Grey' } })
    expect(problemOf(problem)).toBe(problem)
  })

  const ofStore: readonly (readonly [StoreErrorCode, number, string])[] = [
    ['not-found', 404, 'not-found'],
    ['already-exists', 409, 'already-exists'],
    ['precondition-failed', 412, 'precondition-failed'],
    ['invalid-key', 400, 'invalid-request'],
    ['integrity', 400, 'integrity'],
    ['unavailable', 503, 'store-unavailable'],
    ['outcome-unknown', 503, 'store-unavailable'],
    ['bucket-not-found', 500, 'internal-error'],
    ['permission-denied', 500, 'internal-error'],
    ['acl-unsupported', 500, 'internal-error'],
    ['unsupported', 500, 'internal-error'],
    ['invalid-argument', 500, 'internal-error'],
    ['unknown', 500, 'internal-error'],
  ]
  for (const [code, status, shown] of ofStore) {
    it(`shows the store's ${code} as ${status} ${shown}, without bucket and key`, () => {
      const error = storeError(code)
      const problem = problemOf(error)
      expect(problem).toMatchObject({ status, code: shown, cause: error })
      expect(problem.detail).not.toMatch(/secret|hidden/)
    })
  }

  it('says when to come back where the store is away', () => {
    expect(problemOf(storeError('unavailable')).headers).toEqual({ 'Retry-After': '1' })
  })

  it('says nothing of errors that it does not know', () => {
    for (const error of [new Error('password=hunter2'), 'hunter2', undefined, null, { status: 404 }]) {
      const problem = problemOf(error)
      expect(problem).toMatchObject({ status: 500, code: 'internal-error' })
      expect(problem.detail).not.toContain('hunter2')
    }
  })

  it('keeps the status of errors from body parsers, and their words only where they are meant to be shown', () => {
    const shown = Object.assign(new Error('request entity too large'), { status: 413, expose: true })
    expect(problemOf(shown)).toMatchObject({
      status: 413,
      code: 'request-too-large',
      detail: 'request entity too large',
    })
    const hidden = Object.assign(new Error('/home/me'), { status: 400, expose: false })
    expect(problemOf(hidden)).toMatchObject({ status: 400, code: 'invalid-request' })
    expect(problemOf(hidden).detail).not.toContain('/home')
    expect(problemOf(Object.assign(new Error('x'), { status: 302 }))).toMatchObject({ status: 500 })
  })

  it('calls an abort an interruption', () => {
    expect(problemOf(AbortSignal.abort().reason)).toMatchObject({ status: 503, code: 'interrupted' })
  })
})

describe('HttpProblem.is', () => {
  it('tells problems by their codes', () => {
    const problem = new HttpProblem(400, 'invalid-request', 'No.')
    expect(HttpProblem.is(problem)).toBe(true)
    expect(HttpProblem.is(problem, 'file-too-large')).toBe(false)
    expect(HttpProblem.is(problem, 'file-too-large', 'invalid-request')).toBe(true)
    expect(HttpProblem.is(new Error('invalid-request'))).toBe(false)
  })
})
