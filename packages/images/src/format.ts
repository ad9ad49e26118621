/** Types that are read. SVG is never one of them: it is a program. */
export type InputFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif'

/** Types that are written. */
export type OutputFormat = 'jpeg' | 'png' | 'webp' | 'avif'

/** Every type that is read. */
export const INPUT_FORMATS: readonly InputFormat[] = ['jpeg', 'png', 'webp', 'avif', 'gif']
/** Every type that is written. */
export const OUTPUT_FORMATS: readonly OutputFormat[] = ['jpeg', 'png', 'webp', 'avif']

/** The media type of a format, for example `image/jpeg`. */
export function mediaType(format: InputFormat): string {
  return `image/${format}`
}

/** The file name extension of a format, without a dot. */
export function fileExtension(format: InputFormat): string {
  return format === 'jpeg' ? 'jpg' : format
}

const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]

/** The shortest picture of any type is longer; a head that is shorter says nothing. */
const MIN_HEAD_BYTES = 24

/**
 * Tells a picture's type by its first bytes, without decoding anything.
 *
 * Declared types and file names are not asked. SVG, HTML, HEIC and everything else is `undefined`.
 *
 * @param head  The first bytes of the file; 64 are enough for every type, fewer than 24 are never recognised.
 */
export function sniffFormat(head: Uint8Array): InputFormat | undefined {
  if (head.length < MIN_HEAD_BYTES) return undefined
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff && (head[3] ?? 0) >= 0xc0) return 'jpeg'
  if (PNG_START.every((byte, at) => head[at] === byte)) return 'png'
  const start = text(head, 0, 6)
  if (start === 'GIF87a' || start === 'GIF89a') return 'gif'
  if (text(head, 0, 4) === 'RIFF' && /^WEBPVP8[ LX]$/.test(text(head, 8, 16))) return 'webp'
  return text(head, 4, 8) === 'ftyp' && hasAvifBrand(head) ? 'avif' : undefined
}

/** The `ftyp` box holds one major brand, a version, and the brands that the file is compatible with. */
function hasAvifBrand(head: Uint8Array): boolean {
  const boxBytes = new DataView(head.buffer, head.byteOffset, 4).getUint32(0)
  if (boxBytes < 16 || boxBytes % 4 !== 0) return false
  const end = Math.min(boxBytes, head.length, 256)
  for (let at = 8; at + 4 <= end; at += at === 8 ? 8 : 4) {
    if (/^avi[fs]$/.test(text(head, at, at + 4))) return true
  }
  return false
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to))
}
