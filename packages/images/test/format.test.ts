import { describe, expect, it } from 'vitest'
import { sniffFormat } from '../src/index.js'
import { open, waves } from './pictures.js'

const picture = open(waves(40, 30))

describe('sniffFormat', () => {
  it.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('knows a %s by its first 64 bytes', async (format) => {
    const bytes = await picture.clone().toFormat(format).toBuffer()
    expect(sniffFormat(bytes.subarray(0, 64))).toBe(format)
  })

  it('reads from the middle of a larger buffer', async () => {
    const bytes = await picture.clone().avif({ effort: 0 }).toBuffer()
    expect(sniffFormat(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3))).toBe('avif')
  })

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'],
    ['SVG after a declaration', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>            '],
    ['HTML', '<!doctype html><html><body><script>alert(1)</script></body></html>'],
    ['HTML with a GIF behind it', '<html>GIF89a\u0001\u0000\u0001\u0000\u0000\u0000\u0000;</html>                    '],
    ['a GIF in small letters', 'gif89a\u0001\u0000\u0001\u0000\u0000\u0000\u0000,                              '],
    ['TIFF', 'II*\u0000\b\u0000\u0000\u0000                                          '],
    ['PDF', '%PDF-1.7 \n                                                    '],
    ['HEIC', '\u0000\u0000\u0000\u0018ftypheic\u0000\u0000\u0000\u0000heicmif1                      '],
    ['an ftyp box that claims no length', '\u0000\u0000\u0000\u0000ftypavif\u0000\u0000\u0000\u0000avif              '],
    ['a sound in a RIFF', 'RIFF\u0000\u0001\u0000\u0000WAVEfmt                                        '],
    ['nothing', ''],
  ])('does not take %s for a picture', (_, text) => {
    expect(sniffFormat(Buffer.from(text, 'latin1'))).toBeUndefined()
  })

  it.each([
    ['a PNG signature before HTML', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
    ['a JPEG start before HTML', [0xff, 0xd8, 0xff, 0x3c]],
  ])('does not take %s for a picture', (_, start) => {
    const bytes = Buffer.concat([Buffer.from(start), Buffer.from('<html><script>alert(1)</script></html>')])
    expect(sniffFormat(bytes)).toBeUndefined()
  })
})
