import { describe, expect, it } from 'vitest'
import { checkAttributes, checkMetadata } from '../../src/values/attribute-checks.js'

describe('every refusal of attributes names the field, what was expected and what came', () => {
  it.each<[string, () => unknown, string]>([
    [
      'a type',
      () => checkAttributes({ contentType: 'application/pdf;, text/html' }),
      'expected contentType to be one media type, such as "image/png" or "text/plain; charset=utf-8"; received "application/pdf;, text/html"',
    ],
    [
      'a header',
      () => checkAttributes({ contentType: 'text/plain\r\nx: y' }),
      'expected contentType to be printable ASCII; received "text/plain\\r\\nx: y"',
    ],
    [
      'a disposition',
      () => checkAttributes({ contentDisposition: 'attachment; filename="ü"' }),
      `(a file name with other characters goes into filename*=UTF-8'')`,
    ],
    [
      'a metadata name',
      () => checkMetadata({ 'a b': 'x' }),
      'expected a metadata name of letters, digits and "-"; received "a b"',
    ],
    [
      'two metadata names',
      () => checkMetadata({ A: '1', a: '2' }),
      'expected metadata names that differ in more than case; received "a" twice',
    ],
    [
      'a metadata value',
      () => checkMetadata({ a: 7 as unknown as string }),
      'expected the metadata value of "a" to be well-formed text; received 7',
    ],
    [
      'too much metadata',
      () => checkMetadata({ a: 'x'.repeat(1024), b: 'x'.repeat(1023) }),
      'expected metadata of at most 2048 bytes, names and values together, as S3 takes it; received 2049',
    ],
    ['text that travels longer than it is', () => checkMetadata({ a: 'ü'.repeat(400) }), 'received 2408'],
  ])('%s', (_what, check, message) => {
    expect(check).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining(message) }),
    )
  })
})

describe('attributes that are allowed', () => {
  it('is copied, so that later changes of the caller are not seen', () => {
    const metadata = { By: 'leo' }
    const checked = checkAttributes({ metadata })
    metadata.By = 'mallory'
    expect(checked.metadata).toEqual({ by: 'leo' })
  })

  it('keeps metadata names that mean something to JavaScript', () => {
    const given = Object.fromEntries([
      ['constructor', 'c'],
      ['tostring', 't'],
    ])
    expect(checkMetadata(given)).toEqual(given)
  })

  it('take metadata up to what S3 takes', () => {
    const most = { a: 'x'.repeat(1024), b: 'x'.repeat(1022) }
    expect(checkMetadata(most)).toEqual(most)
  })
})
