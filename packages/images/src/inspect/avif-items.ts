import { ImageError } from '../errors.js'
import type { Size } from '../geometry/crop.js'
import type { Budget } from '../limits.js'
import { admitSize, corrupt } from './image-header.js'
import { type Box, walkBoxes } from './pieces.js'

/** Coded pictures, grids of them, and what shows two of them brighter, which is not decoded. */
const PICTURES = ['av01', 'grid', 'tmap']
const METADATA = ['Exif', 'mime', 'uri ']

/** Tiles reach beyond the edges of what they make up, so that all of them have more pixels than it. */
const MAX_TILED = 2

/** Boxes in one box, and items: each takes memory here, and in decoders. */
const MAX_BOXES = 20_000

interface Item {
  readonly kind: string
  /** Of the largest size that it names; 0 for metadata. */
  readonly pixels: number
}

/**
 * Refuses an AVIF of which any part is too large, not only the one that its header shows: decoders decode transparency
 * and tiles as large as these say they are, and cut off afterwards what is not seen.
 *
 * @throws ImageError `image-too-large`, `image-unsupported`, `image-corrupt`
 * @see ISO/IEC 14496-12, section 8.11, and 23008-12, section 6
 */
export function admitItems(file: Buffer, budget: Budget): void {
  try {
    const meta = afterVersion(onlyBox(file, 'meta'))
    const properties = onlyBox(meta, 'iprp')
    const sizes = readSizes(onlyBox(properties, 'ipco'))
    for (const size of sizes.values()) admitSize(size, 1, budget)
    const items = readItems(onlyBox(meta, 'iinf'), pixelsOf(properties, sizes))
    for (const references of boxesOf(meta, 'iref')) admitGrids(references, items, budget)
  } catch (error) {
    // What was read beyond the end of a box.
    throw error instanceof RangeError ? corrupt('avif', error) : error
  }
}

/** In order of the properties, which are counted from 1. */
function readSizes(container: Buffer): ReadonlyMap<number, Size> {
  const properties = childrenOf(container)
  return new Map(
    properties.flatMap(({ name, start }, index): [number, Size][] => {
      if (name !== 'ispe') return []
      return [[index + 1, { width: container.readUInt32BE(start + 4), height: container.readUInt32BE(start + 8) }]]
    }),
  )
}

/** How many pixels each item has, by its id. */
function pixelsOf(properties: Buffer, sizes: ReadonlyMap<number, Size>): ReadonlyMap<number, number> {
  const pixels = new Map<number, number>()
  for (const box of boxesOf(properties, 'ipma')) {
    for (const [id, { width, height }] of sizedItems(box, sizes)) {
      pixels.set(id, Math.max(pixels.get(id) ?? 0, width * height))
      if (pixels.size > MAX_BOXES) throw tooMany('items')
    }
  }
  return pixels
}

/** Ids of items, each with one of the sizes that it names. */
function* sizedItems(box: Buffer, sizes: ReadonlyMap<number, Size>): Generator<readonly [number, Size]> {
  const idBytes = box.readUInt8(0) === 0 ? 2 : 4
  const indexBytes = (box.readUInt8(3) & 1) === 0 ? 1 : 2
  let at = 8
  for (let entries = box.readUInt32BE(4); entries > 0; entries -= 1) {
    const id = box.readUIntBE(at, idBytes)
    const count = box.readUInt8(at + idBytes)
    at += idBytes + 1
    for (const end = at + count * indexBytes; at < end; at += indexBytes) {
      // The highest bit says whether readers have to understand the property.
      const size = sizes.get(box.readUIntBE(at, indexBytes) & (indexBytes === 1 ? 0x7f : 0x7fff))
      if (size) yield [id, size]
    }
  }
}

function readItems(box: Buffer, pixels: ReadonlyMap<number, number>): ReadonlyMap<number, Item> {
  const items = new Map<number, Item>()
  for (const entry of boxesOf(box.subarray(box.readUInt8(0) === 0 ? 6 : 8), 'infe')) {
    const idBytes = entry.readUInt8(0) < 3 ? 2 : 4
    const id = entry.readUIntBE(4, idBytes)
    const kind = entry.toString('latin1', 6 + idBytes, 10 + idBytes)
    const size = pixels.get(id)
    if (items.has(id)) throw unusual('two parts of one name')
    if (!PICTURES.includes(kind) && !METADATA.includes(kind))
      throw unusual(`a part of the kind ${JSON.stringify(kind)}`)
    if (size === undefined && !METADATA.includes(kind)) throw unusual('a picture without a size')
    items.set(id, { kind, pixels: size ?? 0 })
  }
  return items
}

/** A tile is decoded as often as it is named. */
function admitGrids(box: Buffer, items: ReadonlyMap<number, Item>, budget: Budget): void {
  const idBytes = box.readUInt8(0) === 0 ? 2 : 4
  for (const reference of boxesOf(afterVersion(box), 'dimg')) {
    if (items.get(reference.readUIntBE(0, idBytes))?.kind === 'tmap') continue
    let pixels = 0
    for (let count = reference.readUInt16BE(idBytes), at = idBytes + 2; count > 0; count -= 1, at += idBytes) {
      const tile = items.get(reference.readUIntBE(at, idBytes))
      if (tile?.kind !== 'av01') throw unusual('a grid of something else than pictures')
      pixels += tile.pixels
    }
    if (pixels > MAX_TILED * budget.maxPixels) admitSize({ width: pixels, height: 1 }, 1, budget)
  }
}

function childrenOf(container: Buffer): readonly Box[] {
  const boxes: Box[] = []
  for (const box of walkBoxes(container)) {
    if (boxes.push(box) > MAX_BOXES) throw tooMany('boxes in a box')
  }
  return boxes
}

/** The content of the boxes of a name. */
function boxesOf(container: Buffer, wanted: string): readonly Buffer[] {
  const found = childrenOf(container).filter(({ name }) => name === wanted)
  return found.map(({ start, end }) => {
    if (end > container.length) throw corrupt('avif')
    return container.subarray(start, end)
  })
}

/** Of two, each decoder may take another one. */
function onlyBox(container: Buffer, name: string): Buffer {
  const [box, ...others] = boxesOf(container, name)
  if (box === undefined) throw corrupt('avif')
  if (others.length > 0) throw unusual(`two boxes ${name}`)
  return box
}

function afterVersion(box: Buffer): Buffer {
  return box.subarray(4)
}

function tooMany(what: string): ImageError {
  return new ImageError(
    'image-too-large',
    `expected at most ${MAX_BOXES} ${what}; received more. Save the picture as JPEG or PNG and try again`,
  )
}

function unusual(what: string): ImageError {
  return new ImageError(
    'image-unsupported',
    `expected an avif of one picture, or of tiles of one; received one with ${what}. Save the picture as JPEG or PNG and try again`,
  )
}
