import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clampView,
  cropOf,
  initialView,
  type Matrix,
  matrixOf,
  mirror,
  moved,
  type Size,
  scaleRange,
  turn,
  turnedSize,
  type View,
  zoomTo,
} from '../page/crop-geometry.js'

const PICTURE: Size = { width: 1600, height: 1200 }
const FRAME = 300

const sizes = fc.record({ width: fc.integer({ min: 1, max: 9000 }), height: fc.integer({ min: 1, max: 9000 }) })
const frames = fc.integer({ min: 100, max: 900 })
const views: fc.Arbitrary<View> = fc.record({
  scale: fc.double({ min: 0.001, max: 100, noNaN: true }),
  x: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
  y: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
  rotate: fc.constantFrom(0, 90, 180, 270),
  mirrored: fc.boolean(),
})

/** Where a pixel of the picture is seen, counted from the middle of the frame. */
function seenAt(view: View, picture: Size, x: number, y: number): readonly [number, number] {
  const [a, b, c, d, e, f] = matrixOf(view, { x: 0, y: 0 })
  const [fromMiddleX, fromMiddleY] = [x - picture.width / 2, y - picture.height / 2]
  return [a * fromMiddleX + c * fromMiddleY + e, b * fromMiddleX + d * fromMiddleY + f]
}

/** Where a pixel of the picture is in the crop's own pixels: flipped, then turned, then cut, as the servers do it. */
function croppedAt(view: View, picture: Size, frame: number, x: number, y: number): readonly [number, number] {
  const crop = cropOf(view, picture, frame)
  const flippedX = crop.scaleX === -1 ? picture.width - x : x
  const turned: Readonly<Record<number, readonly [number, number]>> = {
    0: [flippedX, y],
    90: [picture.height - y, flippedX],
    180: [picture.width - flippedX, picture.height - y],
    270: [y, picture.width - flippedX],
  }
  const [boxX, boxY] = turned[crop.rotate] ?? [Number.NaN, Number.NaN]
  return [boxX - crop.x, boxY - crop.y]
}

describe('the crop', () => {
  test('of a picture that was just shown is its middle square', () => {
    expect(cropOf(initialView(PICTURE, FRAME), PICTURE, FRAME)).toEqual({
      x: 200,
      y: 0,
      width: 1200,
      height: 1200,
      rotate: 0,
      scaleX: 1,
      scaleY: 1,
    })
  })

  test('follows the picture: what is pulled to the right uncovers the left', () => {
    const view = clampView({ ...initialView(PICTURE, FRAME), x: 1000 }, PICTURE, FRAME)
    expect(cropOf(view, PICTURE, FRAME)).toMatchObject({ x: 0, y: 0, width: 1200 })
  })

  test('is a whole square inside the turned picture, whatever the view', () => {
    fc.assert(
      fc.property(views, sizes, frames, (view, picture, frame) => {
        const crop = cropOf(clampView(view, picture, frame), picture, frame)
        const box = turnedSize(picture, view.rotate)
        expect(crop.width).toBe(crop.height)
        expect(crop.width).toBeGreaterThanOrEqual(1)
        expect(crop.x).toBeGreaterThanOrEqual(0)
        expect(crop.y).toBeGreaterThanOrEqual(0)
        expect(crop.x + crop.width).toBeLessThanOrEqual(box.width)
        expect(crop.y + crop.height).toBeLessThanOrEqual(box.height)
        expect(Object.values(crop).every(Number.isInteger)).toBe(true)
      }),
    )
  })

  test('holds what was seen under the frame, to the pixel', () => {
    fc.assert(
      fc.property(views, sizes, frames, (wanted, picture, frame) => {
        const view = clampView(wanted, picture, frame)
        const [x, y] = [picture.width / 3, picture.height / 5]
        const [seenX, seenY] = seenAt(view, picture, x, y)
        const [cropX, cropY] = croppedAt(view, picture, frame, x, y)
        // Rounded to whole pixels, the edge and the corner may each be off by half of one.
        expect(Math.abs((seenX + frame / 2) / view.scale - cropX)).toBeLessThanOrEqual(1.01)
        expect(Math.abs((seenY + frame / 2) / view.scale - cropY)).toBeLessThanOrEqual(1.01)
      }),
    )
  })
})

describe('a view', () => {
  test('never leaves part of the frame empty', () => {
    fc.assert(
      fc.property(views, sizes, frames, (wanted, picture, frame) => {
        const view = clampView(wanted, picture, frame)
        const box = turnedSize(picture, view.rotate)
        expect(Math.abs(view.x)).toBeLessThanOrEqual((box.width * view.scale - frame) / 2 + 1e-6)
        expect(Math.abs(view.y)).toBeLessThanOrEqual((box.height * view.scale - frame) / 2 + 1e-6)
      }),
    )
  })

  test('is the same again after four quarter turns, and after two mirrorings', () => {
    const view: View = { scale: 0.5, x: 12, y: -34, rotate: 90, mirrored: true }
    let turned = view
    for (let count = 0; count < 4; count += 1) turned = turn(turned, 'clockwise')
    expect(turned).toEqual(view)
    expect(mirror(mirror(view))).toEqual(view)
    expect(turn(turn(view, 'clockwise'), 'counter-clockwise')).toEqual(view)
  })

  test('turns clockwise as seen: what was at the top is on the right', () => {
    const view: View = { scale: 1, x: 10, y: 20, rotate: 0, mirrored: false }
    const [x, y] = seenAt(view, PICTURE, 500, 100)
    const [turnedX, turnedY] = seenAt(turn(view, 'clockwise'), PICTURE, 500, 100)
    expect([turnedX, turnedY]).toEqual([-y, x])
  })

  test('mirrors left to right as seen, also when it is turned', () => {
    const view: View = { scale: 1, x: 10, y: 20, rotate: 90, mirrored: false }
    const [x, y] = seenAt(view, PICTURE, 500, 100)
    expect(seenAt(mirror(view), PICTURE, 500, 100)).toEqual([-x, y])
  })

  test('zooms about the middle of the frame', () => {
    const view: View = { scale: 0.5, x: 30, y: 0, rotate: 0, mirrored: false }
    const [x] = seenAt(view, PICTURE, 740, 600)
    expect(x).toBe(0)
    expect(seenAt(zoomTo(view, 2), PICTURE, 740, 600)[0]).toBe(0)
  })

  test('can always be enlarged a little, unless the picture is tiny', () => {
    const large = scaleRange(PICTURE, FRAME)
    expect(large.max / large.min).toBe(8)
    const tiny = scaleRange({ width: 20, height: 30 }, FRAME)
    expect(tiny.max).toBe(tiny.min)
  })
})

describe('a gesture', () => {
  const view: View = { scale: 1, x: 0, y: 0, rotate: 0, mirrored: false }
  const before: Matrix = [1, 0, 0, 1, 100, 100]

  test('moves the picture as far as the finger', () => {
    const after: Matrix = [1, 0, 0, 1, 130, 95]
    expect(moved(view, { before, after, range: { min: 0.5, max: 2 } })).toEqual({ ...view, x: 30, y: -5 })
  })

  test('that zooms beyond the limit stops there, about the same point', () => {
    const after: Matrix = [4, 0, 0, 4, 400, 100]
    expect(moved(view, { before, after, range: { min: 0.5, max: 2 } })).toEqual({ ...view, scale: 2, x: 100, y: 0 })
  })

  test('that zooms at the limit moves nothing', () => {
    const after: Matrix = [4, 0, 0, 4, 400, 100]
    expect(moved(view, { before, after, range: { min: 0.5, max: 1 } })).toEqual(view)
  })
})
