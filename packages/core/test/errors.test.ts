import { describe, expect, it } from 'vitest'
import { DriverError, StoreError, show } from '../src/errors.js'

describe('StoreError', () => {
  const error = new StoreError('not-found', 'get "a": there is none', { operation: 'get', bucket: 'b', key: 'a' })

  it('is known by its code, also when it comes from another copy of this package', () => {
    expect(StoreError.is(error)).toBe(true)
    expect(StoreError.is(error, 'not-found', 'unavailable')).toBe(true)
    expect(StoreError.is(error, 'unavailable')).toBe(false)
    const foreign = Object.assign(new Error('x'), { name: 'StoreError', code: 'integrity' })
    expect(StoreError.is(foreign, 'integrity')).toBe(true)
  })

  it('is not mistaken for others', () => {
    for (const other of [undefined, null, 'not-found', new Error('x'), { name: 'StoreError', code: 'not-found' }]) {
      expect(StoreError.is(other)).toBe(false)
    }
    expect(StoreError.is(new DriverError('not-found', 'x'))).toBe(false)
  })

  it('says where it happened and keeps its cause', () => {
    const cause = new Error('HTTP 404')
    const caused = new StoreError('not-found', 'm', { operation: 'get', bucket: 'b', key: 'k', cause })
    expect(caused).toMatchObject({ name: 'StoreError', operation: 'get', bucket: 'b', key: 'k', cause })
  })
})

describe('show', () => {
  it.each([
    ['a "b"', '"a \\"b\\""'],
    ['line\nbreak', '"line\\nbreak"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [12, '12'],
    [{ secret: 1 }, 'an object'],
    [Symbol('s'), 'Symbol(s)'],
  ])('shows %j as %s', (value, shown) => {
    expect(show(value)).toBe(shown)
  })

  it('escapes what a terminal would obey, and what JSON lets through', () => {
    expect(show('\u001b[31m\u007f\u0085\u202e\u2028')).not.toMatch(/[\p{Cc}\u202e\u2028]/u)
  })

  it('cuts what is long', () => {
    expect(show('x'.repeat(500)).length).toBeLessThan(90)
  })
})
