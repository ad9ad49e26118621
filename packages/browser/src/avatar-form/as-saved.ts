import { isAnimated } from './animation.js'
import type { Point } from './geometry.js'
import { webpOrientation } from './webp-orientation.js'

/** A WebP of 2 × 1 pixels whose EXIF orientation makes it 1 × 2. */
const PROBE =
  'UklGRk4AAABXRUJQVlA4WAoAAAAIAAAAAQAAAAAAVlA4TA4AAAAvAQAAAAcQEf0PRET/A0VYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA='

/** A picture that the page has drawn, and why. */
export interface Drawn {
  readonly picture: Blob
  /** `turned` upright; or `stilled`, with every pixel where the browser shows it at first. */
  readonly look: 'turned' | 'stilled'
}

/**
 * Makes up for what browsers show otherwise than the servers save it: of animations only the first frame is saved, and
 * the EXIF orientation of WebP pictures is heeded, which Chrome ignores.
 *
 * @returns The picture as the servers see it; undefined where the browser shows the file like that.
 */
export async function asSaved(file: Blob): Promise<Drawn | undefined> {
  const noted = await webpOrientation(file)
  const orientation = noted === 1 || (await heedsWebpOrientation()) ? 1 : noted
  if (orientation === 1 && !(await isAnimated(file))) return undefined
  // The first frame, as everywhere where a picture is drawn.
  const stored = await createImageBitmap(file)
  const isTurned = orientation > 4
  const canvas = document.createElement('canvas')
  canvas.width = isTurned ? stored.height : stored.width
  canvas.height = isTurned ? stored.width : stored.height
  const context = canvas.getContext('2d')
  if (!context) return undefined
  const [across, along] = axes(orientation)
  const corner = { x: startOf(across.x + along.x, canvas.width), y: startOf(across.y + along.y, canvas.height) }
  context.setTransform(across.x, across.y, along.x, along.y, corner.x, corner.y)
  context.drawImage(stored, 0, 0)
  stored.close()
  const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve))
  return picture ? { picture, look: orientation === 1 ? 'stilled' : 'turned' } : undefined
}

/** Which way the stored columns and the stored rows go when they are displayed. */
function axes(orientation: number): readonly [across: Point, along: Point] {
  const right = { x: 1, y: 0 }
  const left = { x: -1, y: 0 }
  const down = { x: 0, y: 1 }
  const up = { x: 0, y: -1 }
  const byOrientation: Readonly<Record<number, readonly [Point, Point]>> = {
    2: [left, down],
    3: [left, up],
    4: [right, up],
    5: [down, right],
    6: [down, left],
    7: [up, left],
    8: [up, right],
  }
  return byOrientation[orientation] ?? [right, down]
}

/** What goes to the left or up begins at the other end. */
function startOf(direction: number, length: number): number {
  return direction < 0 ? length : 0
}

async function heedsWebpOrientation(): Promise<boolean> {
  const bytes = Uint8Array.from(atob(PROBE), (character) => character.charCodeAt(0))
  const probe = await createImageBitmap(new Blob([bytes], { type: 'image/webp' }))
  return probe.width === 1
}
