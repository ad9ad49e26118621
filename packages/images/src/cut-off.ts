import type { InputFormat } from './format.js'

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

const SOS = 0xda
const EOI = Buffer.from([0xff, 0xd9])

/** The end marker cannot appear inside compressed data; thumbnails, which have their own, come before it. */
function hasEndOfImage(file: Buffer): boolean {
  const scan = findScan(file)
  return scan !== undefined && file.indexOf(EOI, scan) !== -1
}

/**
 * Walks the segments of a JPEG to its first scan.
 *
 * @returns The offset of the scan's marker, `undefined` where the bytes end before it or are no segments.
 */
export function findScan(file: Buffer): number | undefined {
  let at = 2
  while (at + 4 <= file.length && file[at] === 0xff) {
    const marker = file[at + 1] ?? 0
    if (marker === SOS) return at
    at += marker === 0xff ? 1 : 2 + file.readUInt16BE(at + 2)
  }
  return undefined
}

const PNG_SIGNATURE_BYTES = 8
/** Length, name and checksum around the data of a chunk. */
const PNG_CHUNK_BYTES = 12

function hasEndChunk(file: Buffer): boolean {
  const end = findChunk(file, 'IEND')
  return end !== undefined && end + PNG_CHUNK_BYTES <= file.length
}

/** The offset of a PNG's first chunk of that name, `undefined` where the bytes end before it. */
export function findChunk(file: Buffer, name: string): number | undefined {
  for (const chunk of walkChunks(file)) {
    if (chunk.name === name) return chunk.start - 8
  }
  return undefined
}

/** The chunks of a PNG in their order. `start` is the offset of a chunk's data, which may lie beyond the bytes. */
export function* walkChunks(file: Buffer): Generator<{ readonly name: string; readonly start: number }> {
  let at = PNG_SIGNATURE_BYTES
  while (at + 8 <= file.length) {
    yield { name: file.toString('latin1', at + 4, at + 8), start: at + 8 }
    at += PNG_CHUNK_BYTES + file.readUInt32BE(at)
  }
}

const AVIF_BOXES = ['ftyp', 'meta', 'moov', 'mdat']

/** Walks the boxes of an AVIF: each names its size, 0 for the rest of the file, 1 where 64 bits behind its name do. */
function hasWholeBoxes(file: Buffer): boolean {
  let at = 0
  while (at + 16 <= file.length) {
    const size = file.readUInt32BE(at)
    if (size === 0) return true
    const next = at + Math.max(8, size === 1 ? Number(file.readBigUInt64BE(at + 8)) : size)
    if (next > file.length) return !AVIF_BOXES.includes(file.toString('latin1', at + 4, at + 8))
    at = next
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
