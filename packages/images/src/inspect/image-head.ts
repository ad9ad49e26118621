import { ImageError } from '../errors.js'
import { type InputFormat, mediaType } from '../format.js'
import type { Size } from '../geometry/crop.js'
import type { Budget } from '../limits.js'
import { admitItems } from './avif-items.js'
import { admitSize, type ImageInfo, readHeader } from './image-header.js'
import { findPngChunk, findScan } from './pieces.js'

/**
 * Reads as much as the first bytes of a picture tell for certain.
 *
 * @returns `undefined` where bytes that were not given could change the answer.
 */
export async function readHeadInfo(
  bytes: Uint8Array,
  format: InputFormat,
  budget: Budget,
): Promise<ImageInfo | undefined> {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (format) {
    case 'jpeg':
      return findScan(head) === undefined ? undefined : (await readHeader(head, format, budget)).info
    case 'png':
      admitSize({ width: head.readUInt32BE(16), height: head.readUInt32BE(20) }, 1, budget)
      return findPngChunk(head, 'IDAT') === undefined ? undefined : (await readHeader(head, format, budget)).info
    case 'gif':
      return undefined
    case 'webp':
      return readWebpHead(head, budget)
    case 'avif':
      return await readAvifHead(head, budget)
  }
}

/** Decoders refuse a WebP that is not whole, but its first chunk says nearly everything. */
function readWebpHead(head: Buffer, budget: Budget): ImageInfo | undefined {
  const first = readWebpChunk(head)
  if (first === undefined) return undefined
  const { width, height } = first
  admitSize(first, 1, budget)
  if (first.answer === 'further on') return undefined
  return { format: 'webp', type: mediaType('webp'), width, height, orientation: 1, frames: 1, hasAlpha: first.hasAlpha }
}

interface WebpChunk extends Size {
  readonly hasAlpha: boolean
  /** Frames are counted, and EXIF data stands, behind the pixels. */
  readonly answer: 'here' | 'further on'
}

const WEBP_ANIMATION = 0x02
const WEBP_EXIF = 0x08
const WEBP_ALPHA = 0x10

/** The layouts of RFC 9649, sections 2.5 to 2.7. */
function readWebpChunk(head: Buffer): WebpChunk | undefined {
  if (head.length < 30) return undefined
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X': {
      const flags = head.readUInt8(20)
      return {
        width: head.readUIntLE(24, 3) + 1,
        height: head.readUIntLE(27, 3) + 1,
        hasAlpha: (flags & WEBP_ALPHA) !== 0,
        answer: (flags & (WEBP_ANIMATION | WEBP_EXIF)) === 0 ? 'here' : 'further on',
      }
    }
    case 'VP8L': {
      const bits = head.readUInt32LE(21)
      const hasAlpha = ((bits >>> 28) & 1) === 1
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, hasAlpha, answer: 'here' }
    }
    default:
      return {
        width: head.readUInt16LE(26) & 0x3fff,
        height: head.readUInt16LE(28) & 0x3fff,
        hasAlpha: false,
        answer: 'here',
      }
  }
}

/** An AVIF's metadata may stand behind its pixels: then the decoder, not we, finds that something is missing. */
async function readAvifHead(head: Buffer, budget: Budget): Promise<ImageInfo | undefined> {
  try {
    admitItems(head, budget)
    return (await readHeader(head, 'avif', budget)).info
  } catch (error) {
    if (ImageError.is(error, 'image-corrupt')) return undefined
    throw error
  }
}
