import type { InputFormat } from '../format.js'
import { findPngChunk, findScan, PNG_CHUNK_BYTES, walkBoxes } from './pieces.js'

/**
 * Finds files that end too early, without decoding them, where the decoder would only notice at the last row, or not at
 * all: of an animation only the first frame is decoded.
 *
 * WebP is not looked at: its decoder checks all lengths when it reads the header.
 */
export function isCutOff(bytes: Uint8Array, format: InputFormat): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (format === 'jpeg') return !hasEndOfImage(file)
  if (format === 'png') return !hasEndChunk(file)
  if (format === 'avif') return !hasWholeBoxes(file)
  if (format === 'gif') return !hasWholeBlocks(file)
  return false
}

const EOI = Buffer.from([0xff, 0xd9])

/** The end marker cannot appear inside compressed data; thumbnails, which have their own, come before it. */
function hasEndOfImage(file: Buffer): boolean {
  const scan = findScan(file)
  return scan !== undefined && file.indexOf(EOI, scan) !== -1
}

function hasEndChunk(file: Buffer): boolean {
  const end = findPngChunk(file, 'IEND')
  return end !== undefined && end + PNG_CHUNK_BYTES <= file.length
}

const AVIF_BOXES = ['ftyp', 'meta', 'moov', 'mdat']

function hasWholeBoxes(file: Buffer): boolean {
  for (const { name, end } of walkBoxes(file)) {
    if (end > file.length) return !AVIF_BOXES.includes(name)
  }
  return true
}

const GIF_SCREEN_BYTES = 13
const GIF_IMAGE_BYTES = 10
const GIF_EXTENSION = 0x21
const GIF_IMAGE = 0x2c

/** Walks the blocks of a GIF. Some encoders forget the trailer: a file may end where a block would begin. */
function hasWholeBlocks(file: Buffer): boolean {
  let at = GIF_SCREEN_BYTES + gifColorTableBytes(file[10])
  for (;;) {
    const block = file[at]
    // The trailer, or what decoders skip up to the end.
    if (block !== GIF_EXTENSION && block !== GIF_IMAGE) return at <= file.length
    at += block === GIF_IMAGE ? GIF_IMAGE_BYTES + gifColorTableBytes(file[at + 9]) + 1 : 2
    for (let length = file[at]; length !== 0; length = file[at]) {
      if (length === undefined) return false
      at += 1 + length
    }
    at += 1
  }
}

function gifColorTableBytes(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0
}
