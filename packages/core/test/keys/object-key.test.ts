import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeKey, joinKey, MAX_KEY_BYTES, parseKey, parsePrefix } from '../../src/keys/object-key.js'

const segment = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.normalize('NFC'))
  .filter((text) => !/[/\\\p{Cc}\u{FFFE}\u{FFFF}]/u.test(text) && text !== '.' && text !== '..' && text.isWellFormed())
const key = fc.array(segment, { minLength: 1, maxLength: 6 }).map((segments) => segments.join('/'))

describe('parseKey', () => {
  it('takes every sensible key as it is, and its relative path for the same', () => {
    fc.assert(
      fc.property(key, (text) => {
        expect(parseKey(text)).toBe(text)
        expect(parseKey(`/${text}`)).toBe(text)
      }),
    )
  })

  it('gives a key that is parsed for ever, or refuses with `invalid-key`, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        let parsed: string
        try {
          parsed = parseKey(text)
        } catch (error) {
          expect(error).toMatchObject({ name: 'DriverError', code: 'invalid-key' })
          return
        }
        expect(parseKey(parsed)).toBe(parsed)
        expect(parsed.split('/')).not.toContain('..')
        expect(parsed).not.toMatch(/^\/|\/$|\/\/|\\|\p{Cc}/u)
      }),
    )
  })

  it.each([
    ['', 'must not be empty'],
    ['/', 'must not be empty'],
    ['//a', 'empty segments'],
    ['a//b', 'empty segments'],
    ['a/', 'empty segments'],
    ['.', '"." or ".."'],
    ['a/../b', '"." or ".."'],
    ['a\\b', 'backslashes'],
    ['a\u0000b', 'control characters'],
    ['a\u0085b', 'control characters'],
    ['a\ud800b', 'control characters'],
    ['a\uffff', 'control characters'],
    ['x'.repeat(1025), 'at most 1024 bytes of UTF-8, not 1025'],
    ['ü'.repeat(513), 'at most 1024 bytes of UTF-8, not 1026'],
  ])('refuses %j, and says why', (text, reason) => {
    expect(() => parseKey(text)).toThrow(reason)
  })

  it('keeps dots, and what only looks like a traversal', () => {
    for (const text of ['.hidden', '...', 'a..b', '..a/b', 'a/..b', '%2e%2e/a', 'a b/ c '])
      expect(parseKey(text)).toBe(text)
  })

  it('composes Unicode, so that both forms are one key', () => {
    expect(parseKey('cafe\u0301')).toBe('caf\u00e9')
  })

  it('allows 1024 bytes', () => {
    expect(parseKey('x'.repeat(MAX_KEY_BYTES))).toHaveLength(1024)
  })

  it('cuts and escapes a hostile key in its message', () => {
    expect(() => parseKey(`a\n\u001b[31m${'x'.repeat(5000)}`)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^[^\p{Cc}]{1,200}$/u) }),
    )
  })

  it('refuses what is no string', () => {
    expect(() => parseKey(undefined as unknown as string)).toThrow('a key must be a string; received undefined')
  })
})

describe('parsePrefix', () => {
  it('takes a prefix with its final slash, or nothing', () => {
    expect(parsePrefix('')).toBe('')
    expect(parsePrefix('/')).toBe('')
    expect(parsePrefix('users/1/')).toBe('users/1/')
    expect(parsePrefix('/users/1/')).toBe('users/1/')
  })

  it('tells how to write a prefix without one', () => {
    expect(() => parsePrefix('users/1')).toThrow('must end in "/" (write "users/1/"); received "users/1"')
  })

  it.each(['//', 'a//', '../', 'a/../', './', 'a\\/', 'a\n/'])('refuses %j', (text) => {
    expect(() => parsePrefix(text)).toThrow(expect.objectContaining({ code: 'invalid-key' }))
  })
})

describe('joinKey', () => {
  it('refuses what is too long together', () => {
    expect(joinKey('p/', 'x'.repeat(1022))).toHaveLength(1024)
    expect(() => joinKey('p/', 'x'.repeat(1023))).toThrow('at most 1024 bytes of UTF-8, not 1025')
  })
})

describe('encodeKey', () => {
  it.each([
    ['uploads/users/654/leo.jpg', 'uploads/users/654/leo.jpg'],
    ['a b+c', 'a%20b%2Bc'],
    [`it's (a) "b"!*`, 'it%27s%20%28a%29%20%22b%22%21%2A'],
    ['100%25?#&=', '100%2525%3F%23%26%3D'],
    ['ü/日本/🪣', '%C3%BC/%E6%97%A5%E6%9C%AC/%F0%9F%AA%A3'],
    ['a:b@c,d;e~f-g_h.i', 'a%3Ab%40c%2Cd%3Be~f-g_h.i'],
  ])('encodes each segment of %j once', (text, encoded) => {
    expect(encodeKey(text)).toBe(encoded)
  })

  it('can be undone, and survives a URL parser', () => {
    fc.assert(
      fc.property(key, (text) => {
        const encoded = encodeKey(text)
        expect(encoded.split('/').map(decodeURIComponent).join('/')).toBe(text)
        expect(new URL(`https://cdn.example/${encoded}`).pathname).toBe(`/${encoded}`)
      }),
    )
  })
})
