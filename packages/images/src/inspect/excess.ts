import { ImageError } from '../errors.js'
import type { InputFormat } from '../format.js'
import type { Budget } from '../limits.js'
import { admitItems } from './avif-items.js'
import { type Chunk, SOS, walkBoxes, walkPngChunks, walkSegments, walkWebpChunks } from './pieces.js'

/** Segments, chunks or boxes of any kind. Some encoders write one for each row; decoders keep each one, with a warning maybe. */
const MAX_PIECES = 20_000

/** Encoders write about ten; each one costs a pass over all pixels. */
const MAX_SCANS = 100

/** Programs write a handful; each one may unpack to a thousand times its size. */
const MAX_PACKED_TEXTS = 20

/** Pieces that cost more than others, and have a limit of their own. */
interface Costly<Piece> {
  readonly what: string
  readonly max: number
  readonly limit?: 'maxFrames'
  readonly is: (piece: Piece) => boolean
}

/**
 * Refuses files that are made of far more pieces than a picture needs, before a decoder sees them.
 *
 * Decoders look at each piece, and some at each piece before it again: a few megabytes would take them minutes, which
 * nothing can interrupt, or a gigabyte. Of a GIF, even all frames that a file can hold are counted in less than a second.
 *
 * @throws ImageError `image-too-large`, and `image-unsupported` or `image-corrupt` of an AVIF
 */
export function admitPieces(bytes: Uint8Array, format: InputFormat, budget: Budget): void {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (format === 'jpeg') {
    admit(walkSegments(file), 'segments', { what: 'scans', max: MAX_SCANS, is: ({ marker }) => marker === SOS })
  }
  if (format === 'png') {
    const is = (chunk: Chunk) => isPackedText(file, chunk)
    admit(walkPngChunks(file), 'chunks', { what: 'compressed texts', max: MAX_PACKED_TEXTS, is })
  }
  if (format === 'webp') {
    // The decoder goes through all frames once per frame.
    const is = ({ name }: Chunk) => name === 'ANMF'
    admit(walkWebpChunks(file), 'chunks', { what: 'frames', max: budget.maxFrames, limit: 'maxFrames', is })
  }
  if (format === 'avif') {
    admit(walkBoxes(file), 'boxes')
    admitItems(file, budget)
  }
}

/** Stops at the first piece that is too much. */
function admit<Piece>(pieces: Iterable<Piece>, what: string, costly?: Costly<Piece>): void {
  let count = 0
  let costlyCount = 0
  for (const piece of pieces) {
    if (costly?.is(piece)) {
      costlyCount += 1
      if (costlyCount > costly.max) throw tooMany(costly.what, costly.max, costly.limit)
    } else {
      count += 1
      if (count > MAX_PIECES) throw tooMany(what, MAX_PIECES)
    }
  }
}

function tooMany(what: string, max: number, limit?: 'maxFrames'): ImageError {
  return new ImageError(
    'image-too-large',
    `expected at most ${max} ${what}; received ${max + 1} or more. Save the picture again, as a still one, and try again`,
    limit === undefined ? {} : { limit },
  )
}

/** Longest keyword of a text, which a 0 ends. */
const MAX_KEYWORD_BYTES = 79

function isPackedText(file: Buffer, { name, start }: Chunk): boolean {
  return name === 'zTXt' || (name === 'iTXt' && isPacked(file, start))
}

/** The flag stands behind the keyword. */
function isPacked(file: Buffer, start: number): boolean {
  const keywordEnd = file.subarray(start, start + MAX_KEYWORD_BYTES + 1).indexOf(0)
  return file[start + keywordEnd + 1] === 1
}
