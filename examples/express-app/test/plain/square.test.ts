import { describe, expect, test } from 'vitest'
import { queryOf, readChoice, readSquare, squareOf, transformOf } from '../../src/plain/square.js'

const WIDE = { width: 1601, height: 1200 }
const UPRIGHT = { scaleX: 1, scaleY: 1 }

describe('squareOf', () => {
  test('is the largest centred one unless something else was chosen', () => {
    expect(squareOf(WIDE, readChoice({}))).toEqual({ x: 200, y: 0, width: 1200, height: 1200, rotate: 0, ...UPRIGHT })
  })

  test('lies where it was asked to', () => {
    const square = squareOf(WIDE, readChoice({ place: 'bottom-right', size: '50' }))
    expect(square).toEqual({ x: 1001, y: 600, width: 600, height: 600, rotate: 0, ...UPRIGHT })
  })

  test('lies in the turned picture, as crops do', () => {
    const square = squareOf(WIDE, readChoice({ place: 'top', turn: '90' }))
    expect(square).toEqual({ x: 0, y: 0, width: 1200, height: 1200, rotate: 90, ...UPRIGHT })
    expect(squareOf(WIDE, readChoice({ turn: '270' }))).toMatchObject({ x: 0, y: 200, rotate: 270 })
  })

  test('never leaves the picture, and is never empty', () => {
    for (const width of [1, 2, 3, 7, 640]) {
      for (const height of [1, 2, 5, 480]) {
        for (const place of ['top-left', 'top', 'right', 'centre', 'bottom-right']) {
          for (const size of ['100', '75', '50', '25']) {
            const square = squareOf({ width, height }, readChoice({ place, size }))
            expect(square.width).toBeGreaterThan(0)
            expect(square.x + square.width).toBeLessThanOrEqual(width)
            expect(square.y + square.height).toBeLessThanOrEqual(height)
          }
        }
      }
    }
  })

  test.each([{ place: 'nowhere' }, { place: 'toString' }, { size: ['50'] }, { turn: '45' }])(
    'an address that names something else means the usual: %o',
    (query) => {
      expect(readChoice(query)).toEqual({ place: 'centre', size: '100', turn: '0', mirror: 'none' })
    },
  )
})

describe('readSquare', () => {
  test.each<Readonly<Record<string, string>>>([
    {},
    { place: 'left' },
    { place: 'bottom-right', size: '25', turn: '270', mirror: 'down' },
    { turn: '90', x: '1', y: '2', width: '300', height: '299' },
  ])('finds the square of %o again by what an address says of it', (query) => {
    const shown = readSquare(WIDE, query)
    expect(readSquare(WIDE, queryOf(WIDE, shown.square))).toEqual(shown)
  })

  test.each([{ x: '-1' }, { x: '0.5' }, { x: '' }, { x: '1502' }, { y: '1101' }, { width: '0' }, { height: 'all' }])(
    'takes no numbers that are none of the picture: %o',
    (wrong) => {
      const shown = readSquare(WIDE, { x: '0', y: '0', width: '100', height: '100', ...wrong })
      expect(shown).toEqual(readSquare(WIDE, {}))
    },
  )

  test('a crop that this page cannot make is begun anew', () => {
    const { square } = readSquare(WIDE, {})
    expect([queryOf(WIDE, { ...square, rotate: 45 }), queryOf(WIDE, { ...square, scaleX: 2 })]).toEqual([{}, {}])
  })
})

describe('transformOf', () => {
  test('shows what is kept: mirrored first, then turned', () => {
    // The corner of the original, 10 to the right and 20 down, after mirroring across (90, 20) and a turn (30, 90).
    expect(transformOf({ width: 100, height: 50 }, readChoice({ turn: '90', mirror: 'across' }))).toBe(
      'translate(50 0) rotate(90) translate(100 0) scale(-1 1)',
    )
  })
})
