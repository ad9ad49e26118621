import { describe, expect, it } from 'vitest'
import { cutRange } from '../../src/values/byte-range.js'

describe('cutRange', () => {
  it.each([
    [undefined, 10, { offset: 0, length: 10 }],
    [{ offset: 2, length: 3 }, 10, { offset: 2, length: 3 }],
    [{ offset: 2 }, 10, { offset: 2, length: 8 }],
    [{ offset: 8, length: 5 }, 10, { offset: 8, length: 2 }],
    [{ suffix: 4 }, 10, { offset: 6, length: 4 }],
    [{ suffix: 40 }, 10, { offset: 0, length: 10 }],
    [{ offset: 0, length: 5 }, 0, { offset: 0, length: 0 }],
  ])('%j of %d bytes', (range, size, expected) => {
    expect(cutRange(range, size)).toEqual(expected)
  })

  it('refuses to start past the end', () => {
    expect(() => cutRange({ offset: 10 }, 10)).toThrow('starts at byte 10 of 10')
  })
})
