import { bytesOf, nameAt, webpChunks } from './picture-bytes.js'

const ORIENTATION_TAG = 0x0112

/** The EXIF orientation that a WebP file names: 1 to 8. 1 for every other kind of file too. */
export async function webpOrientation(file: Blob): Promise<number> {
  for await (const { name, at, length } of webpChunks(file)) {
    if (name === 'EXIF') return orientationIn(await bytesOf(file, at, length))
  }
  return 1
}

/** Looks through the first directory of an EXIF block, which may begin with `Exif\0\0`. */
function orientationIn(exif: DataView): number {
  const start = nameAt(exif, 0) === 'Exif' ? 6 : 0
  if (exif.byteLength < start + 8) return 1
  const little = nameAt(exif, start).startsWith('II')
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
