/** A part of a JPEG: its marker, and where that stands. */
export interface Segment {
  readonly marker: number
  readonly at: number
}

/** A chunk of a PNG or WebP, or a box of an AVIF. `start` is the offset of its data, which may lie beyond the bytes. */
export interface Chunk {
  readonly name: string
  readonly start: number
}

export const SOS = 0xda
const EOI = 0xd9
const SOI_BYTES = 2

/**
 * The segments of a JPEG up to its end marker, those between its scans included, as decoders find them: a walk that
 * went another way could be led past what a decoder works on.
 *
 * Ends early where the bytes do, and where there are no segments before the first scan.
 */
export function* walkSegments(file: Buffer): Generator<Segment> {
  let end = SOI_BYTES
  let isScanned = false
  // Compressed data stands behind the head of a scan; all else follows one upon the other.
  while (isScanned || file[end] === 0xff) {
    const at = nextMarker(file, end)
    if (at === undefined || at + 4 > file.length || file[at + 1] === EOI) return
    const marker = file[at + 1] ?? 0
    yield { marker, at }
    isScanned ||= marker === SOS
    end = at + 2 + file.readUInt16BE(at + 2)
  }
}

/**
 * Compressed data hides its 0xFF before a 0. Restart markers belong to it, and what is below the first frame's marker stands alone:
 * none of them has a length behind it.
 */
function nextMarker(file: Buffer, from: number): number | undefined {
  // By hand: looked for with `indexOf`, a file of nothing but 0xFF takes a second.
  for (let at = from; at + 1 < file.length; at += 1) {
    if (file[at] !== 0xff) continue
    const marker = file[at + 1] ?? 0
    const standsAlone = marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd7)
    if (marker !== 0xff && !standsAlone) return at
  }
  return undefined
}

/** The offset of a JPEG's first scan, `undefined` where the bytes end before it or are no segments. */
export function findScan(file: Buffer): number | undefined {
  for (const { marker, at } of walkSegments(file)) {
    if (marker === SOS) return at
  }
  return undefined
}

const PNG_SIGNATURE_BYTES = 8
/** Length, name and checksum around the data of a chunk. */
export const PNG_CHUNK_BYTES = 12

/** The chunks of a PNG in their order, up to its end. */
export function* walkPngChunks(file: Buffer): Generator<Chunk> {
  let at = PNG_SIGNATURE_BYTES
  while (at + 8 <= file.length) {
    const name = file.toString('latin1', at + 4, at + 8)
    yield { name, start: at + 8 }
    if (name === 'IEND') return
    at += PNG_CHUNK_BYTES + file.readUInt32BE(at)
  }
}

/** The offset of a PNG's first chunk of that name, `undefined` where the bytes end before it. */
export function findPngChunk(file: Buffer, name: string): number | undefined {
  for (const chunk of walkPngChunks(file)) {
    if (chunk.name === name) return chunk.start - 8
  }
  return undefined
}

const RIFF_HEADER_BYTES = 12

/** The chunks of a WebP in their order, up to the end that its head names; what is inside a frame is not looked at. */
export function* walkWebpChunks(file: Buffer): Generator<Chunk> {
  if (file.length < RIFF_HEADER_BYTES) return
  const end = Math.min(file.length, 8 + file.readUInt32LE(4))
  let at = RIFF_HEADER_BYTES
  while (at + 8 <= end) {
    yield { name: file.toString('latin1', at, at + 4), start: at + 8 }
    const size = file.readUInt32LE(at + 4)
    at += 8 + size + (size % 2)
  }
}

/** A box of an AVIF. `end` may lie beyond the bytes. */
export interface Box extends Chunk {
  readonly end: number
}

/**
 * The boxes of an AVIF, or of one of its boxes: each names its size, 0 for all that is left, 1 where 64 bits behind its
 * name do.
 */
export function* walkBoxes(container: Buffer): Generator<Box> {
  let at = 0
  while (at + 8 <= container.length) {
    const size = container.readUInt32BE(at)
    const isLong = size === 1 && at + 16 <= container.length
    const bytes = isLong ? Number(container.readBigUInt64BE(at + 8)) : size
    const end = size === 0 ? container.length : at + Math.max(8, bytes)
    yield { name: container.toString('latin1', at + 4, at + 8), start: at + (isLong ? 16 : 8), end }
    at = end
  }
}
