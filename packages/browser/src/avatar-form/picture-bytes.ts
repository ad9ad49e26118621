/** The first bytes of a file, or others of it, to be read as numbers and names. Shorter where the file ends. */
export async function bytesOf(file: Blob, start: number, length: number): Promise<DataView> {
  return new DataView(await file.slice(start, start + length).arrayBuffer())
}

/** Four letters, as formats name their parts. Empty where there are fewer. */
export function nameAt(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return ''
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)))
}

/** A part of a picture file. */
export interface Chunk {
  readonly name: string
  /** Where its content begins. */
  readonly at: number
  readonly length: number
}

/** Bytes of a chunk's name and length. */
const HEADER = 8

/** The chunks of a WebP file, one after the other; none of any other kind of file. */
export async function* webpChunks(file: Blob): AsyncGenerator<Chunk> {
  const start = await bytesOf(file, 0, 12)
  if (nameAt(start, 0) !== 'RIFF' || nameAt(start, 8) !== 'WEBP') return
  let at = 12
  while (at + HEADER < file.size) {
    const header = await bytesOf(file, at, HEADER)
    const length = header.getUint32(4, true)
    yield { name: nameAt(header, 0), at: at + HEADER, length }
    at += HEADER + length + (length % 2)
  }
}

/** The chunks of a PNG file, one after the other; none of any other kind of file. */
export async function* pngChunks(file: Blob): AsyncGenerator<Chunk> {
  const start = await bytesOf(file, 0, 8)
  if (start.byteLength < 8 || start.getUint32(0) !== 0x89504e47) return
  let at = 8
  while (at + HEADER < file.size) {
    const header = await bytesOf(file, at, HEADER)
    const length = header.getUint32(0)
    yield { name: nameAt(header, 4), at: at + HEADER, length }
    // The content is followed by a checksum.
    at += HEADER + length + 4
  }
}
