import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { COLOURS, drawPicture, initialsOf } from '../src/default-picture.js'

const KINDS = ['initials', 'pattern', 'blank'] as const

describe('a drawn picture', () => {
  it.each(KINDS)('is an image of the size that was asked for: %s', async (kind) => {
    for (const edge of [1, 80, 2048]) {
      const { format, width, height } = await sharp(Buffer.from(drawPicture(kind, { user: 'leo', edge }))).metadata()
      expect({ format, width, height }).toEqual({ format: 'svg', width: edge, height: edge })
    }
  })

  it.each(KINDS)('is the same for the same user, in every size: %s', (kind) => {
    const small = drawPicture(kind, { user: 'leo', edge: 32 })
    expect(drawPicture(kind, { user: 'leo', edge: 32 })).toBe(small)
    expect(drawPicture(kind, { user: 'leo', edge: 64 })).toBe(small.replaceAll('"32"', '"64"'))
  })

  it('tells people apart', () => {
    const pictures = Array.from({ length: 100 }, (_, user) => drawPicture('pattern', { user: String(user), edge: 80 }))
    expect(new Set(pictures).size).toBeGreaterThan(95)
  })

  it('holds no markup but its own, whatever the name', () => {
    const own = /^<svg [^<>]*>(<rect [^<>]*\/>)?(<path [^<>]*\/>|<text [^<>]*>[\p{L}\p{N}]{1,2}<\/text>)?<\/svg>$/u
    const strange = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('</text><script>', '"&<>', '\u202e\u2066x'))
    fc.assert(
      fc.property(strange, strange, fc.constantFrom(...KINDS), (user, name, kind) => {
        expect(drawPicture(kind, { user, name, edge: 80 })).toMatch(own)
      }),
    )
  })

  it('has colours on which white letters can be read', () => {
    for (const colour of COLOURS) expect(contrastToWhite(colour)).toBeGreaterThanOrEqual(4.5)
  })
})

describe('initialsOf', () => {
  it.each([
    ['Leo Löwe', 'LL'],
    ['  leo  ', 'L'],
    ['Leo van der Berg', 'LB'],
    ['654', '6'],
    ['leo@example.com', 'L'],
    ['élan', 'É'],
    ['ße', 'S'],
    ['李小龍', '李'],
    ['(Leo) "The" Lion', 'LL'],
    ['z̷̢̛a̸l̴g̵o̶', 'Z'],
    ['😀 🎉', ''],
    ['', ''],
  ])('takes the first letter of the first word and of the last: %j', (name, initials) => {
    expect(initialsOf(name)).toBe(initials)
  })
})

/** WCAG 2, relative luminance. */
function contrastToWhite(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
}
