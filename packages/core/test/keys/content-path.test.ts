import { join, sep } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileToKey, keyToFile, keyToRelativePath } from '../../src/keys/content-path.js'

const CONTENT = '/srv/content'

describe('the three names of one thing', () => {
  it('are converted as in the article', () => {
    const file = '/var/app/current/wp-content/uploads/users/654/leo.jpg'
    expect(fileToKey('/var/app/current/wp-content', file)).toBe('uploads/users/654/leo.jpg')
    expect(keyToRelativePath('uploads/users/654/leo.jpg')).toBe('/uploads/users/654/leo.jpg')
    expect(keyToFile('/var/app/current/wp-content', '/uploads/users/654/leo.jpg')).toBe(file)
  })

  it('lead back to where they began', () => {
    const segment = fc.string({ minLength: 1, maxLength: 10 }).filter((text) => /^[^/\\.\p{Cc}]+$/u.test(text))
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const key = segments.join('/')
        expect(fileToKey(CONTENT, keyToFile(CONTENT, key))).toBe(key)
        expect(fileToKey(CONTENT, keyToFile(CONTENT, keyToRelativePath(key)))).toBe(key)
      }),
    )
  })

  it('never lead above the content, whatever a form carried', () => {
    const piece = fc.constantFrom('..', '.', '', 'a', '/', '//', '\\', '%2e%2e', '..%2f', '\0', '~', 'content-old')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        for (const text of [pieces.join('/'), pieces.join('')]) {
          let file: string
          try {
            file = keyToFile(CONTENT, text)
          } catch (error) {
            expect(error).toMatchObject({ code: 'invalid-key' })
            continue
          }
          expect(file.startsWith(CONTENT + sep)).toBe(true)
        }
      }),
    )
  })
})

describe('fileToKey', () => {
  it.each([
    '/srv/content-old/leo.jpg',
    '/srv/content',
    '/srv',
    '/etc/passwd',
    '/srv/content/../secret',
    '/srv/content/a/../../secret',
    '../secret',
  ])('refuses %s, which is not below the content', (file) => {
    expect(() => fileToKey(CONTENT, file)).toThrow('expected a file below contentDir "/srv/content"')
  })

  it('takes a file relative to the content, and one with dots that stay inside', () => {
    expect(fileToKey(CONTENT, 'uploads/leo.jpg')).toBe('uploads/leo.jpg')
    expect(fileToKey(CONTENT, '/srv/content/a/../b.jpg')).toBe('b.jpg')
    expect(fileToKey(CONTENT, '/srv/content/..hidden')).toBe('..hidden')
    expect(fileToKey('relative/content', join('relative', 'content', 'x'))).toBe('relative/content/x')
  })

  it('refuses a name that is no key', () => {
    expect(() => fileToKey(CONTENT, '/srv/content/a\nb')).toThrow(expect.objectContaining({ code: 'invalid-key' }))
  })
})
