import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMetadata, encodeMetadata } from '../../src/values/metadata-text.js'

const HEADER_VALUE = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/

describe('metadata values', () => {
  it('that are plain text stay readable for everybody', () => {
    expect(encodeMetadata({ name: 'Leo at the sea, 2018 (1).jpg' })).toEqual({ name: 'Leo at the sea, 2018 (1).jpg' })
  })

  it.each([
    '',
    ' ',
    'léo',
    'two  spaces',
    'end ',
    '\tx',
    'line\nbreak',
    "utf-8''x",
    "UTF-8''%zz",
    '=?UTF-8?B?bMOpbw==?=',
    '🦁',
  ])('%j comes back as it was', (value) => {
    const encoded = encodeMetadata({ name: value })
    expect(encoded.name).toMatch(HEADER_VALUE)
    expect(decodeMetadata(encoded)).toEqual({ name: value })
  })

  it('of any text travel in a header and come back as they were', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.string().map((text) => `utf-8''${text}`),
        ),
        (value) => {
          const encoded = encodeMetadata({ name: value })
          expect(encoded.name).toMatch(HEADER_VALUE)
          expect(decodeMetadata(encoded)).toEqual({ name: value })
        },
      ),
    )
  })

  it('that somebody else wrote are left alone', () => {
    expect(decodeMetadata({ Name: "utf-8''%ff", other: '100%' })).toEqual({ name: "utf-8''%ff", other: '100%' })
  })
})
