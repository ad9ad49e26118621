import { parseKey } from '@bucket-brigade/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MediaTypes } from '../../src/direct-uploads/media-types.js'
import { isOwnUpload, safeFilename, temporaryKey } from '../../src/direct-uploads/upload-key.js'

describe('a file name in a key', () => {
  it.each([
    ['Ferien auf Hiddensee.JPG', 'Ferien-auf-Hiddensee.JPG'],
    ['Übergröße.tar.gz', 'Ubergro-e.tar.gz'],
    ['../../etc/passwd', 'etc-passwd'],
    ['..', 'file'],
    ['日本.png', 'png'],
    ['-rf', 'rf'],
    ['.htaccess', 'htaccess'],
    ['a<script>"\'.svg', 'a-script.svg'],
    ['$' + '{filename}', 'filename'],
    [`${'x'.repeat(300)}.jpeg`, `${'x'.repeat(100)}.jpeg`],
  ])('%j becomes %j', (given, safe) => {
    expect(safeFilename(given)).toBe(safe)
  })

  it('is always short, plain and a sound part of a key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ minLength: 1 }), (name, user) => {
        const key = temporaryKey(user, name)
        expect(key).toMatch(
          /^tmp\/uploads\/(?:[A-Za-z0-9_-]{1,64}|~[0-9a-f]{32})\/[0-9a-f]{32}\/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
        )
        expect(parseKey(key)).toBe(key)
        expect(isOwnUpload(key)).toBe(true)
      }),
    )
  })
})

describe('a media type', () => {
  it.each([
    [['image/*'], 'IMAGE/PNG', 'image/png'],
    [['*/*'], 'font/woff2', 'font/woff2'],
    [['text/html'], 'text/html; charset=utf-8', 'text/html'],
    [undefined, '', 'application/octet-stream'],
  ])('%j lets in %j', (allowed, type, checked) => {
    expect(new MediaTypes(allowed).check(type)).toBe(checked)
  })

  it.each([
    [['*/*'], 'text/html'],
    [['image/*'], 'image/svg+xml'],
    [['application/*'], 'application/xhtml+xml'],
    [['image/png'], 'image/png2'],
    [['image/png'], 'image/png, text/html'],
    [['image/png'], 'image'],
    [['image/*'], 'image/*'],
  ])('%j keeps out %j', (allowed, type) => {
    expect(() => new MediaTypes(allowed).check(type)).toThrow(expect.objectContaining({ code: 'type-unsupported' }))
  })

  it('is configured in full or by a wildcard for all of a kind', () => {
    expect(() => new MediaTypes(['png'])).toThrow(/expected types to be media types/)
    expect(() => new MediaTypes(['*/png'])).toThrow(TypeError)
  })
})
