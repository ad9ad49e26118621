import { describe, expect, it } from 'vitest'
import {
  checkAcl,
  checkEtag,
  checkExpiry,
  checkHeader,
  checkInteger,
  checkMd5,
  checkMode,
  checkOneOf,
  checkPartSize,
  checkRange,
} from '../../src/values/option-checks.js'

/** Values as a program without types would hand them in. */
function untyped<T>(value: unknown): T {
  return value as T
}

describe('every refusal names the field, what was expected and what came', () => {
  it.each<[string, () => unknown, string]>([
    [
      'an integer',
      () => checkInteger('pageSize', 0, 1, 1000),
      'expected pageSize to be an integer from 1 to 1000; received 0',
    ],
    [
      'a lifetime',
      () => checkExpiry(604_801),
      'expected expiresInSeconds to be an integer from 1 to 604800; received 604801',
    ],
    [
      'a part size',
      () => checkPartSize(1024),
      'expected partSizeInBytes to be an integer from 5242880 to 5368709120; received 1024',
    ],
    [
      'text for a number',
      () => checkExpiry(untyped('300')),
      'expected expiresInSeconds to be an integer from 1 to 604800; received "300"',
    ],
    ['an MD5', () => checkMd5('ABC'), 'expected md5 to be 32 lower-case hex digits; received "ABC"'],
    [
      'an offset',
      () => checkRange({ offset: -1 }),
      'expected range.offset to be an integer from 0 to 9007199254740991; received -1',
    ],
    [
      'a length',
      () => checkRange({ offset: 0, length: 0.5 }),
      'expected range.length to be an integer from 0 to 9007199254740991; received 0.5',
    ],
    [
      'a suffix',
      () => checkRange({ suffix: 0 }),
      'expected range.suffix to be an integer from 1 to 9007199254740991; received 0',
    ],
    [
      'a mode',
      () => checkMode(untyped('append')),
      'expected mode to be "overwrite", "create" or { ifMatch: etag }; received "append"',
    ],
    [
      'a mode that is null',
      () => checkMode(untyped(null)),
      'expected mode to be "overwrite", "create" or { ifMatch: etag }; received null',
    ],
    [
      'a mode without an ETag',
      () => checkMode(untyped({})),
      'expected mode to be "overwrite", "create" or { ifMatch: etag }; received an object',
    ],
    [
      'an empty ETag',
      () => checkMode({ ifMatch: '' }),
      'expected mode.ifMatch to be an ETag as the store gave it; received ""',
    ],
    [
      'an ETag with a line break',
      () => checkEtag('ifMatch', '"a"\r\nx: y'),
      'expected ifMatch to be an ETag as the store gave it; received "\\"a\\"\\r\\nx: y"',
    ],
    [
      'an ACL',
      () => checkAcl(untyped('public')),
      'expected acl to be one of "private", "public-read", "authenticated-read", "bucket-owner-read", "bucket-owner-full-control", "none"; received "public"',
    ],
    ['an empty ACL', () => checkAcl(untyped('')), 'received ""'],
    [
      'a word',
      () => checkOneOf('method', untyped<'GET'>('DELETE'), ['GET', 'HEAD']),
      'expected method to be one of "GET", "HEAD"; received "DELETE"',
    ],
    [
      'a header of another type',
      () => checkHeader('cacheControl', untyped<string>(60)),
      'expected cacheControl to be printable ASCII; received 60',
    ],
  ])('%s', (_what, check, message) => {
    expect(check).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining(message) }),
    )
  })
})

describe('what is allowed', () => {
  it('passes as it is, and defaults are filled in', () => {
    expect(checkExpiry()).toBe(300)
    expect(checkPartSize()).toBe(8 * 1024 ** 2)
    expect(checkMode(undefined)).toBe('overwrite')
    expect(checkMode({ ifMatch: '"abc"' })).toEqual({ ifMatch: '"abc"' })
    expect(checkRange(undefined)).toBeUndefined()
    expect(checkRange({ offset: 0 })).toEqual({ offset: 0 })
    expect(checkAcl('none')).toBe('none')
    expect(checkMd5('d41d8cd98f00b204e9800998ecf8427e')).toBe('d41d8cd98f00b204e9800998ecf8427e')
  })
})
