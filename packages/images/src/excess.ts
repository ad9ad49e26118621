import { findScan, walkChunks } from './cut-off.js'
import { ImageError } from './errors.js'
import type { InputFormat } from './format.js'
import type { Budget } from './limits.js'

/** Encoders write about ten; each one costs a pass over all pixels. */
const MAX_SCANS = 100

/** Programs write a handful; each one may unpack to a thousand times its size. */
const MAX_PACKED_TEXTS = 20

/**
 * Refuses files that are made of far more pieces than a picture needs, before a decoder sees them.
 *
 * Decoders look at each piece, and some at each piece before it again: a few megabytes would take them minutes, which
 * nothing can interrupt. Of a GIF, even all frames that a file can hold are counted in less than a second.
 *
 * @throws ImageError `image-too-large`
 */
export function admitPieces(bytes: Uint8Array, format: InputFormat, budget: Budget): void {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (format === 'webp') admitCount('frames', countWebpFrames(file), budget.maxFrames, 'maxFrames')
  if (format === 'jpeg') admitCount('scans', countScans(file), MAX_SCANS)
  if (format === 'png') admitCount('compressed texts', countPackedTexts(file), MAX_PACKED_TEXTS)
}

function admitCount(what: string, count: number, max: number, limit?: 'maxFrames'): void {
  if (count <= max) return
  throw new ImageError(
    'image-too-large',
    `expected at most ${max} ${what}; received ${count}. Save the picture again, as a still one, and try again`,
    limit === undefined ? {} : { limit },
  )
}

const RIFF_HEADER_BYTES = 12

/** The decoder goes through all frames once per frame. */
function countWebpFrames(file: Buffer): number {
  let frames = 0
  let at = RIFF_HEADER_BYTES
  while (at + 8 <= file.length) {
    if (file.toString('latin1', at, at + 4) === 'ANMF') frames += 1
    const size = file.readUInt32LE(at + 4)
    at += 8 + size + (size % 2)
  }
  return frames
}

const SOS = 0xda
const EOI = 0xd9

/** Walks from marker to marker, from the first scan to the end marker. */
function countScans(file: Buffer): number {
  let scans = 0
  let at = findScan(file) ?? file.length
  while (at !== -1 && at + 4 <= file.length && file[at + 1] !== EOI) {
    if (file[at + 1] === SOS) scans += 1
    at = nextMarker(file, at + 2 + file.readUInt16BE(at + 2))
  }
  return scans
}

/** Compressed data hides its 0xFF before a 0; restart markers belong to it. */
function nextMarker(file: Buffer, from: number): number {
  let at = file.indexOf(0xff, from)
  while (at !== -1) {
    const marker = file[at + 1] ?? 0
    if (marker !== 0 && marker !== 0xff && !(marker >= 0xd0 && marker <= 0xd7)) return at
    at = file.indexOf(0xff, at + 1)
  }
  return -1
}

/** Longest keyword of a text, which a 0 ends. */
const MAX_KEYWORD_BYTES = 79

function countPackedTexts(file: Buffer): number {
  let texts = 0
  for (const { name, start } of walkChunks(file)) {
    if (name === 'zTXt' || (name === 'iTXt' && isPacked(file, start))) texts += 1
  }
  return texts
}

/** The flag stands behind the keyword. */
function isPacked(file: Buffer, start: number): boolean {
  const keywordEnd = file.subarray(start, start + MAX_KEYWORD_BYTES + 1).indexOf(0)
  return file[start + keywordEnd + 1] === 1
}
