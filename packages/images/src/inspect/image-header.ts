import sharp, { type Metadata } from 'sharp'
import { ImageError } from '../errors.js'
import { type InputFormat, mediaType, sniffFormat } from '../format.js'
import type { Size } from '../geometry/crop.js'
import { type Orientation, orientationTurn, toOrientation, turnedSize } from '../geometry/quarter-turn.js'
import type { Budget } from '../limits.js'

/** What a picture says about itself before a pixel is decoded. */
export interface ImageInfo {
  readonly format: InputFormat
  /** Media type of the bytes, for example `image/jpeg`, whatever was declared. */
  readonly type: string
  /** Pixels as displayed, after EXIF orientation. */
  readonly width: number
  /** Pixels as displayed, after EXIF orientation. */
  readonly height: number
  /** EXIF orientation; 1 also where none is stored. The pixels of an AVIF are always upright. */
  readonly orientation: Orientation
  /** Frames of an animation; 1 for a still picture. */
  readonly frames: number
  /** The pixels can be transparent; whether any is, only rendering tells. */
  readonly hasAlpha: boolean
}

/** What decoding has to know beside what callers see. */
export interface ImageHeader {
  readonly info: ImageInfo
  /** `deep` are 16-bit samples with a colour profile, which sharp leaves in the P3 space unless told otherwise. */
  readonly colour: 'usual' | 'deep'
}

/**
 * The first guard: tells the type by magic bytes, so that nothing else reaches a decoder.
 *
 * @throws ImageError `image-unsupported`
 */
export function admitFormat(head: Uint8Array, budget: Budget): InputFormat {
  const format = sniffFormat(head)
  if (format !== undefined && budget.allowed.includes(format)) return format
  throw new ImageError(
    'image-unsupported',
    `expected a picture of type ${budget.allowed.join(', ')}; received ${format ?? 'something else'}. ` +
      'Save the picture as JPEG or PNG and try again',
  )
}

/**
 * The second guard: pixels and frames, as the header has them.
 *
 * @throws ImageError `image-too-large`
 */
export function admitSize({ width, height }: Size, frames: number, budget: Budget): void {
  if (width * height > budget.maxPixels)
    throw new ImageError(
      'image-too-large',
      `expected at most ${budget.maxPixels} pixels; received ${width} x ${height} = ${width * height}. ` +
        'Make the picture smaller and try again',
      { limit: 'maxPixels' },
    )
  if (frames > budget.maxFrames)
    throw new ImageError(
      'image-too-large',
      `expected at most ${budget.maxFrames} frames; received ${frames}. Use a shorter animation or a still picture`,
      { limit: 'maxFrames' },
    )
}

/**
 * Reads the header of bytes that passed `admitFormat`.
 *
 * @throws ImageError `image-corrupt`, `image-too-large`, and `image-unsupported` where the decoder finds another type
 */
export async function readHeader(bytes: Uint8Array, format: InputFormat, budget: Budget): Promise<ImageHeader> {
  const metadata = await readMetadata(bytes, format)
  budget.checkpoint()
  if (!isOfFormat(metadata, format))
    throw new ImageError(
      'image-unsupported',
      `expected the decoder to find the type of the first bytes, ${format}; it found ${metadata.format}`,
    )
  const orientation = toOrientation(metadata.orientation)
  const displayed = turnedSize(metadata, orientationTurn(orientation))
  const frames = metadata.pages ?? 1
  admitSize(displayed, frames, budget)
  return {
    info: { format, type: mediaType(format), ...displayed, orientation, frames, hasAlpha: metadata.hasAlpha },
    colour: metadata.space === 'rgb16' && metadata.hasProfile ? 'deep' : 'usual',
  }
}

async function readMetadata(bytes: Uint8Array, format: InputFormat): Promise<Metadata> {
  try {
    return await sharp(bytes, { failOn: 'warning', limitInputPixels: false }).metadata()
  } catch (cause) {
    throw corrupt(format, cause)
  }
}

function isOfFormat(metadata: Metadata, format: InputFormat): boolean {
  if (format === 'avif') return metadata.format === 'heif' && metadata.compression === 'av1'
  return metadata.format === format
}

export function corrupt(format: InputFormat, cause?: unknown): ImageError {
  return new ImageError(
    'image-corrupt',
    `expected a complete ${format} picture; received one that is damaged or cut off. Upload it again`,
    { cause },
  )
}
