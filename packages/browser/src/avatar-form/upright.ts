import type { Point } from './geometry.js'

/** A WebP of 2 × 1 pixels whose EXIF orientation makes it 1 × 2. */
const PROBE =
  'UklGRk4AAABXRUJQVlA4WAoAAAAIAAAAAQAAAAAAVlA4TA4AAAAvAQAAAAcQEf0PRET/A0VYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA='

/** Bytes of a chunk's name and length. */
const CHUNK_HEADER = 8
const ORIENTATION_TAG = 0x0112

/**
 * Makes up for browsers that ignore the EXIF orientation of WebP pictures, Chrome among them: the servers heed it, so
 * what is seen would not be what is saved.
 *
 * @returns The picture as the servers see it; undefined where the browser shows that already.
 */
export async function uprightWebp(file: Blob): Promise<Blob | undefined> {
  const orientation = await webpOrientation(file)
  if (orientation === 1 || (await heedsWebpOrientation())) return undefined
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
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined)))
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

/** The EXIF orientation that a WebP file names: 1 to 8. 1 for every other kind of file too. */
export async function webpOrientation(file: Blob): Promise<number> {
  const start = await read(file, 0, 12)
  if (text(start, 0) !== 'RIFF' || text(start, 8) !== 'WEBP') return 1
  let at = 12
  while (at + CHUNK_HEADER <= file.size) {
    const header = await read(file, at, CHUNK_HEADER)
    const length = header.getUint32(4, true)
    if (text(header, 0) === 'EXIF') return orientationIn(await read(file, at + CHUNK_HEADER, length))
    at += CHUNK_HEADER + length + (length % 2)
  }
  return 1
}

async function read(file: Blob, start: number, length: number): Promise<DataView> {
  return new DataView(await file.slice(start, start + length).arrayBuffer())
}

function text(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return ''
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)))
}

/** Looks through the first directory of an EXIF block, which may begin with `Exif\0\0`. */
function orientationIn(exif: DataView): number {
  const start = text(exif, 0) === 'Exif' ? 6 : 0
  if (exif.byteLength < start + 8) return 1
  const little = text(exif, start).startsWith('II')
  const directory = start + exif.getUint32(start + 4, little)
  if (directory + 2 > exif.byteLength) return 1
  const count = exif.getUint16(directory, little)
  for (let entry = directory + 2; entry < directory + 2 + count * 12 && entry + 12 <= exif.byteLength; entry += 12) {
    if (exif.getUint16(entry, little) !== ORIENTATION_TAG) continue
    const orientation = exif.getUint16(entry + 8, little)
    return orientation >= 1 && orientation <= 8 ? orientation : 1
  }
  return 1
}
