import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CropperError } from '../../src/errors.js'
import { avatarIdOf, newSession, originalKey, pointerKey, previewKey, userSegment } from '../../src/users/names.js'

describe('userSegment', () => {
  it('keeps plain ids as they are', () => {
    expect(userSegment('654')).toBe('654')
    expect(userSegment('Leo_B-1')).toBe('Leo_B-1')
  })

  it('replaces other ids by a digest that no plain id can look like', () => {
    expect(userSegment('leo@example.org')).toBe('~e656c02de8c423da6c3ae6db5c584e61')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }), (user) => {
        expect(userSegment(user)).toMatch(/^([A-Za-z0-9_-]{1,64}|~[0-9a-f]{32})$/)
      }),
    )
  })

  it('never gives two users the same segment', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
        fc.pre(a !== b)
        expect(userSegment(a)).not.toBe(userSegment(b))
      }),
    )
  })

  it.each([[''], ['x'.repeat(257)], ['\ud800'], [undefined], [654]])('refuses %j', (user) => {
    expect(() => userSegment(user as string)).toThrow(CropperError)
  })
})

describe('keys', () => {
  it('keep everything of a user and a session together', () => {
    expect(originalKey('654', 'abc')).toBe('tmp/avatars/654/abc/original')
    expect(previewKey('654', 'abc', 'def', 'jpg')).toBe('tmp/avatars/654/abc/crop-def.jpg')
    expect(pointerKey('654')).toBe('state/avatars/654/avatar.json')
  })

  it('have sessions of 128 random bits', () => {
    expect(newSession()).toMatch(/^[0-9a-f]{32}$/)
    expect(newSession()).not.toBe(newSession())
  })

  it('name an avatar after recipe and session alone', () => {
    expect(avatarIdOf('recipe', 'session')).toBe(avatarIdOf('recipe', 'session'))
    expect(avatarIdOf('recipe', 'session')).not.toBe(avatarIdOf('recipe', 'another'))
    expect(avatarIdOf('recipe', 'session')).toMatch(/^[0-9a-f]{32}$/)
  })
})
