import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CropData, resolveCrop } from '../../src/index.js'

const PICTURE = { width: 800, height: 600 }

describe('resolveCrop', () => {
  it('rounds what a browser sends and fills in what it leaves out', () => {
    expect(resolveCrop(PICTURE, { x: 10.4, y: 20.6, width: 99.5, height: 100.4 })).toEqual({
      x: 10,
      y: 21,
      width: 100,
      height: 100,
      rotate: 0,
      scaleX: 1,
      scaleY: 1,
      box: PICTURE,
    })
  })

  it.each([
    [0, 800, 600],
    [90, 600, 800],
    [-90, 600, 800],
    [540, 800, 600],
    [30, 993, 920],
    [45, 990, 990],
  ])('measures the box of %i degrees', (rotate, width, height) => {
    expect(resolveCrop(PICTURE, { x: 0, y: 0, width: 100, height: 100, rotate }).box).toEqual({ width, height })
  })

  it.each([
    [-30, 330],
    [725, 5],
    [-0, 0],
    [-1e-9, 0],
    [89.9999999, 90],
    [359.99999999, 0],
    [1e21, 280],
  ])('takes %f degrees for %f', (rotate, expected) => {
    expect(resolveCrop(PICTURE, { x: 0, y: 0, width: 100, height: 100, rotate }).rotate).toBe(expected)
  })

  it('moves a crop back that left the picture by one pixel, and keeps it square', () => {
    expect(resolveCrop(PICTURE, { x: -1, y: 501, width: 100, height: 100 })).toMatchObject({
      x: 0,
      y: 500,
      width: 100,
      height: 100,
    })
  })

  it('makes a crop smaller that is one pixel larger than the picture', () => {
    expect(resolveCrop(PICTURE, { x: -0.6, y: -1, width: 801, height: 602 })).toMatchObject({
      x: 0,
      y: 0,
      width: 800,
      height: 600,
    })
  })

  it.each<[string, Partial<CropData>, string]>([
    ['two pixels left of it', { x: -2 }, 'expected crop.x to be at least 0; received -2'],
    ['two pixels above it', { y: -2 }, 'expected crop.y to be at least 0; received -2'],
    ['two pixels right of it', { x: 702 }, 'expected crop.x + crop.width to be at most 800; received 802'],
    ['two pixels below it', { y: 502 }, 'expected crop.y + crop.height to be at most 600; received 602'],
    ['much larger', { width: 1e9 }, 'expected crop.width to be at most 800 pixels; received 1000000000'],
    ['of no width', { width: 0.4 }, 'expected crop.width to be at least 1 pixel; received 0'],
    ['of negative height', { height: -100 }, 'expected crop.height to be at least 1 pixel; received -100'],
  ])('refuses a crop %s', (_, change, message) => {
    const crop = { x: 0, y: 0, width: 100, height: 100, ...change }
    expect(() => resolveCrop(PICTURE, crop)).toThrow(
      expect.objectContaining({ code: 'crop-out-of-bounds', message: expect.stringContaining(message) }),
    )
  })

  it.each([
    ['x', Number.NaN, 'a finite number'],
    ['width', Number.POSITIVE_INFINITY, 'a finite number'],
    ['height', '100', 'a finite number'],
    ['rotate', Number.NaN, 'a finite number'],
    ['scaleX', 0.5, '1 or -1'],
    ['scaleY', 0, '1 or -1'],
  ])('refuses %s = %s as no crop at all', (name, value, expected) => {
    const crop = { x: 0, y: 0, width: 100, height: 100, [name]: value } as CropData
    expect(() => resolveCrop(PICTURE, crop)).toThrow(
      expect.objectContaining({
        code: 'invalid-recipe',
        field: `crop.${name}`,
        message: expect.stringContaining(`expected crop.${name} to be ${expected}`),
      }),
    )
  })

  it('never gives a crop that leaves its box, whatever comes', () => {
    const number = fc.double({ min: -50, max: 400, noNaN: true })
    const sizes = fc.record({ width: fc.integer({ min: 1, max: 300 }), height: fc.integer({ min: 1, max: 300 }) })
    const crops = fc.record({
      x: number,
      y: number,
      width: number,
      height: number,
      rotate: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    })
    fc.assert(
      fc.property(sizes, crops, (size, given) => {
        const crop = resolvedOrRefused(size, given)
        if (crop === 'refused') return
        expect(crop.x).toBeGreaterThanOrEqual(0)
        expect(crop.y).toBeGreaterThanOrEqual(0)
        expect(crop.x + crop.width).toBeLessThanOrEqual(crop.box.width)
        expect(crop.y + crop.height).toBeLessThanOrEqual(crop.box.height)
        expect([crop.x, crop.y, crop.width, crop.height].every(Number.isInteger)).toBe(true)
        expect(Math.abs(crop.x - given.x)).toBeLessThanOrEqual(1.5)
        expect(Math.abs(crop.width - given.width)).toBeLessThanOrEqual(2.5)
      }),
    )
  })
})

function resolvedOrRefused(size: { width: number; height: number }, crop: CropData) {
  try {
    return resolveCrop(size, crop)
  } catch (error) {
    expect(error).toMatchObject({ name: 'ImageError', code: 'crop-out-of-bounds' })
    return 'refused'
  }
}
