import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boundingBox,
  clampView,
  cropOf,
  edgeRange,
  flip,
  initialView,
  matrixOf,
  moved,
  type Point,
  rotationOf,
  type Size,
  snapView,
  straighten,
  turn,
  type View,
  viewOf,
  zoomBy,
} from '../../src/avatar-form/geometry.js'

const PICTURE: Size = { width: 1600, height: 1200 }
const FRAME = 300

const sizes = fc.record({ width: fc.integer({ min: 8, max: 9000 }), height: fc.integer({ min: 8, max: 9000 }) })
const angles = fc.oneof(
  fc.constant(0),
  fc.double({ min: -45, max: 45, noNaN: true }).map((value) => value + 0),
)
const flips = fc.constantFrom(1 as const, -1 as const)
/** Zero has no sign here. */
const places = fc.double({ min: -1e4, max: 1e4, noNaN: true }).map((value) => value + 0)
const views: fc.Arbitrary<View> = fc.record({
  edge: fc.double({ min: 1, max: 1e4, noNaN: true }),
  x: places,
  y: places,
  turns: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
  angle: angles,
  scaleX: flips,
  scaleY: flips,
})

/** Where a point of the picture is seen, counted from the middle of the frame: what CSS does with the matrix. */
function seenAt(view: View, picture: Size, { x, y }: Point): Point {
  const [a, b, c, d, e, f] = matrixOf(view, FRAME, { x: 0, y: 0 })
  const [dx, dy] = [x - picture.width / 2, y - picture.height / 2]
  return { x: a * dx + c * dy + e, y: b * dx + d * dy + f }
}

/** Where the servers find it in the crop: flipped, turned clockwise about the middle, in the rounded box, then cut. */
function croppedAt(view: View, picture: Size, { x, y }: Point): Point {
  const crop = cropOf(view, picture)
  const dx = (x - picture.width / 2) * crop.scaleX
  const dy = (y - picture.height / 2) * crop.scaleY
  const angle = (crop.rotate * Math.PI) / 180
  const cos = Math.abs(Math.cos(angle))
  const sin = Math.abs(Math.sin(angle))
  const box = {
    width: Math.round(picture.width * cos + picture.height * sin),
    height: Math.round(picture.width * sin + picture.height * cos),
  }
  return {
    x: dx * Math.cos(angle) - dy * Math.sin(angle) + box.width / 2 - crop.x,
    y: dx * Math.sin(angle) + dy * Math.cos(angle) + box.height / 2 - crop.y,
  }
}

/** The corners of the crop, in pixels of the upright picture. */
function cornersIn(view: View, picture: Size): Point[] {
  const crop = cropOf(view, picture)
  const box = boundingBox(picture, crop.rotate)
  const angle = (-crop.rotate * Math.PI) / 180
  return [0, crop.width].flatMap((right) =>
    [0, crop.height].map((down) => {
      const [dx, dy] = [crop.x + right - box.width / 2, crop.y + down - box.height / 2]
      return {
        x: (dx * Math.cos(angle) - dy * Math.sin(angle)) * crop.scaleX + picture.width / 2,
        y: (dx * Math.sin(angle) + dy * Math.cos(angle)) * crop.scaleY + picture.height / 2,
      }
    }),
  )
}

describe('the crop', () => {
  test('of a picture that was just shown is its middle square', () => {
    const square = { x: 200, y: 0, width: 1200, height: 1200, rotate: 0, scaleX: 1, scaleY: 1 }
    expect(cropOf(initialView(PICTURE), PICTURE)).toEqual(square)
  })

  test('follows the picture: what is pulled to the right uncovers the left', () => {
    const pulled = moved(
      initialView(PICTURE),
      { from: { x: 0, y: 0 }, to: { x: 999, y: 0 }, growth: 1 },
      PICTURE,
      FRAME,
    )
    expect(cropOf(snapView(pulled, PICTURE), PICTURE)).toMatchObject({ x: 0, y: 0, width: 1200 })
  })

  test('is a whole square inside the turned picture, whatever the view', () => {
    fc.assert(
      fc.property(views, sizes, (view, picture) => {
        const crop = cropOf(clampView(view, picture), picture)
        const box = boundingBox(picture, crop.rotate)
        expect(crop.width).toBe(crop.height)
        expect(crop.width).toBeGreaterThanOrEqual(1)
        expect(Math.min(crop.x, crop.y)).toBeGreaterThanOrEqual(0)
        expect(crop.x + crop.width).toBeLessThanOrEqual(box.width)
        expect(crop.y + crop.height).toBeLessThanOrEqual(box.height)
        expect([crop.x, crop.y, crop.width].every(Number.isInteger)).toBe(true)
        expect(crop.rotate >= 0 && crop.rotate < 360).toBe(true)
      }),
    )
  })

  test('is filled by the picture at every angle, to its corners', () => {
    fc.assert(
      fc.property(views, sizes, (wanted, picture) => {
        const view = snapView(wanted, picture)
        // At a fine angle, with room for whoever interpolates.
        const room = view.angle === 0 ? -1e-6 : 0.5
        for (const { x, y } of cornersIn(view, picture)) {
          expect(Math.min(x, picture.width - x)).toBeGreaterThanOrEqual(room)
          expect(Math.min(y, picture.height - y)).toBeGreaterThanOrEqual(room)
        }
      }),
    )
  })

  test('holds what is seen under the frame, exactly, at every angle', () => {
    fc.assert(
      fc.property(views, sizes, fc.double({ min: 0, max: 1, noNaN: true }), (wanted, picture, share) => {
        const view = snapView(wanted, picture)
        const point = { x: picture.width * share, y: picture.height * (1 - share) }
        const seen = seenAt(view, picture, point)
        const cropped = croppedAt(view, picture, point)
        const scale = view.edge / FRAME
        expect((seen.x + FRAME / 2) * scale).toBeCloseTo(cropped.x, 5)
        expect((seen.y + FRAME / 2) * scale).toBeCloseTo(cropped.y, 5)
      }),
    )
  })
})

describe('a view', () => {
  test('is found again from its crop, so that a former one can be shown', () => {
    const steps = fc.integer({ min: -90, max: 90 }).map((half) => half / 2)
    fc.assert(
      fc.property(views, steps, sizes, (wanted, angle, picture) => {
        const crop = cropOf(snapView({ ...wanted, angle }, picture), picture)
        expect(cropOf(viewOf(crop, picture), picture)).toEqual(crop)
      }),
    )
  })

  test('that was taken to whole pixels stays as it is, but for one pixel at the edge of a picture that is not straight', () => {
    fc.assert(
      fc.property(views, sizes, (wanted, picture) => {
        const view = snapView(wanted, picture)
        const [once, again] = [cropOf(view, picture), cropOf(snapView(view, picture), picture)]
        const most = view.angle === 0 ? 0 : 1
        expect(Math.abs(again.x - once.x)).toBeLessThanOrEqual(most)
        expect(Math.abs(again.y - once.y)).toBeLessThanOrEqual(most)
        expect({ ...again, x: once.x, y: once.y }).toEqual(once)
      }),
    )
  })

  test('is the same again after turning there and back, after four turns, and after two flips', () => {
    fc.assert(
      fc.property(views, (view) => {
        const four = Array.from({ length: 4 }).reduce<View>((turned) => turn(turned, 'clockwise'), view)
        expect(four).toEqual(view)
        expect(turn(turn(view, 'clockwise'), 'counter-clockwise')).toEqual(view)
        expect(flip(flip(view, 'horizontal'), 'horizontal')).toEqual(view)
        expect(flip(flip(view, 'vertical'), 'vertical')).toEqual(view)
      }),
    )
  })

  test('turns clockwise as seen: what was at the top is on the right', () => {
    fc.assert(
      fc.property(views, sizes, (view, picture) => {
        const point = { x: picture.width / 3, y: picture.height / 5 }
        const [before, after] = [seenAt(view, picture, point), seenAt(turn(view, 'clockwise'), picture, point)]
        expect(after.x).toBeCloseTo(-before.y, 5)
        expect(after.y).toBeCloseTo(before.x, 5)
      }),
    )
  })

  test('flips as seen, however it is turned', () => {
    fc.assert(
      fc.property(views, sizes, (view, picture) => {
        const point = { x: picture.width / 3, y: picture.height / 5 }
        const before = seenAt(view, picture, point)
        const mirrored = seenAt(flip(view, 'horizontal'), picture, point)
        expect(mirrored.x).toBeCloseTo(-before.x, 5)
        expect(mirrored.y).toBeCloseTo(before.y, 5)
        const upsideDown = seenAt(flip(view, 'vertical'), picture, point)
        expect(upsideDown.x).toBeCloseTo(before.x, 5)
        expect(upsideDown.y).toBeCloseTo(-before.y, 5)
      }),
    )
  })

  test('is straightened about the middle of the frame, clockwise for positive angles', () => {
    const view: View = { ...initialView(PICTURE), x: 100, y: -50, edge: 400 }
    const middle = { x: 900, y: 550 }
    expect(seenAt(view, PICTURE, middle)).toEqual({ x: 0, y: 0 })
    const turned = straighten(view, 30)
    expect(Math.hypot(seenAt(turned, PICTURE, middle).x, seenAt(turned, PICTURE, middle).y)).toBeLessThan(1e-9)
    expect(seenAt(turned, PICTURE, { x: 1000, y: 550 }).y).toBeGreaterThan(0)
    expect(rotationOf(straighten(turn(view, 'counter-clockwise'), -0.5))).toBe(269.5)
  })

  test('zooms about the middle of the frame, by a pixel at least', () => {
    const view: View = { ...initialView(PICTURE), x: 10, edge: 60 }
    expect(zoomBy(view, 1.001)).toEqual({ ...view, edge: 59 })
    expect(zoomBy(view, 1 / 1.001)).toEqual({ ...view, edge: 61 })
  })

  test('can always be enlarged a little, unless the picture is tiny', () => {
    expect(edgeRange(PICTURE, 0)).toEqual({ min: 150, max: 1200 })
    expect(edgeRange({ width: 20, height: 30 }, 0)).toEqual({ min: 20, max: 20 })
  })
})

describe('a gesture', () => {
  const view: View = { ...initialView(PICTURE), edge: 600 }

  test('moves the picture as far as the finger', () => {
    const pulled = moved(view, { from: { x: 10, y: 10 }, to: { x: 40, y: 5 }, growth: 1 }, PICTURE, FRAME)
    expect(pulled).toEqual({ ...view, x: -60, y: 10 })
  })

  test('keeps the point under the fingers where they are, also where the zoom is cut short', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (growth) => {
        const at = { x: 40, y: -25 }
        const zoomed = moved(view, { from: at, to: at, growth }, PICTURE, FRAME)
        const under = (shown: View) => [shown.x + (at.x * shown.edge) / FRAME, shown.y + (at.y * shown.edge) / FRAME]
        expect(under(zoomed)[0]).toBeCloseTo(under(view)[0] ?? Number.NaN, 8)
        expect(under(zoomed)[1]).toBeCloseTo(under(view)[1] ?? Number.NaN, 8)
      }),
    )
  })
})
