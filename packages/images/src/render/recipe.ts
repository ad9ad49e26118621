import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { ImageError, show } from '../errors.js'
import { OUTPUT_FORMATS, type OutputFormat } from '../format.js'
import { type CropData, normalizeCrop } from '../geometry/crop.js'

/** One picture to make. The crop fills it: give it the crop's proportions, or it is stretched. */
export interface ImageOutput {
  /** Pixels, 1 to 8192. */
  readonly width: number
  /** Pixels, 1 to 8192. */
  readonly height: number
  /** `auto` is JPEG, or PNG where the crop holds transparency. */
  readonly format: 'auto' | OutputFormat
  /** 1 to 100; PNG is lossless and takes no notice. Default: JPEG 85, WebP 82, AVIF 60. */
  readonly quality?: number | undefined
}

/** The complete description of a rendering. */
export interface ImageRecipe {
  /** Default: the whole picture. */
  readonly crop?: CropData | undefined
  /** 1 to 32 pictures, all from the same crop. */
  readonly outputs: readonly ImageOutput[]
}

const MAX_OUTPUTS = 32
const MAX_EDGE_PIXELS = 8192
const DEFAULT_QUALITY: Readonly<Record<OutputFormat, number>> = { jpeg: 85, png: 100, webp: 82, avif: 60 }

/** Counts the changes of this package that change its pixels or bytes. */
const RENDERER_VERSION = 1

/**
 * Names everything beside the recipe that the bytes depend on: this package's renderer, sharp, libvips and its codecs,
 * the processor family, and the one thread that pictures are rendered with.
 */
export const ENCODER_ID = [
  `renderer-${RENDERER_VERSION}`,
  `sharp-${sharp.versions.sharp}`,
  `vips-${sharp.versions.vips}`,
  `codecs-${digestOf(JSON.stringify(Object.entries(sharp.versions).sort())).slice(0, 12)}`,
  process.arch,
  'threads-1',
].join(' ')

/** @throws ImageError `invalid-recipe`, naming the field */
export function checkRecipe(recipe: ImageRecipe): void {
  const { crop, outputs } = recipe
  if (crop !== undefined) normalizeCrop(crop)
  if (!Array.isArray(outputs) || outputs.length < 1 || outputs.length > MAX_OUTPUTS)
    throw invalid('outputs', `an array of 1 to ${MAX_OUTPUTS} outputs`, outputs)
  for (const [at, { width, height, format, quality }] of recipe.outputs.entries()) {
    checkInteger(`outputs[${at}].width`, width, MAX_EDGE_PIXELS)
    checkInteger(`outputs[${at}].height`, height, MAX_EDGE_PIXELS)
    if (quality !== undefined) checkInteger(`outputs[${at}].quality`, quality, 100)
    if (format !== 'auto' && !OUTPUT_FORMATS.includes(format))
      throw invalid(`outputs[${at}].format`, `auto, ${OUTPUT_FORMATS.join(', ')}`, format)
  }
}

export function outputQuality(output: ImageOutput, format: OutputFormat): number {
  return output.quality ?? DEFAULT_QUALITY[format]
}

/**
 * Writes a recipe in one fixed way, with `ENCODER_ID`: equal text, equal bytes.
 *
 * @throws ImageError `invalid-recipe`
 */
export function canonicalRecipe(recipe: ImageRecipe): string {
  checkRecipe(recipe)
  const crop = recipe.crop && normalizeCrop(recipe.crop)
  return JSON.stringify({
    encoder: ENCODER_ID,
    crop: crop ? [crop.x, crop.y, crop.width, crop.height, crop.rotate, crop.scaleX, crop.scaleY] : null,
    outputs: recipe.outputs.map(({ width, height, format, quality }) => [width, height, format, quality ?? null]),
  })
}

/**
 * Digest of a recipe and the picture it is for.
 *
 * @param sourceId  Names the original for good, for example its key and ETag.
 * @returns SHA-256, 64 lower-case hex digits.
 * @throws ImageError `invalid-recipe`
 */
export function recipeDigest(recipe: ImageRecipe, sourceId: string): string {
  return digestOf(JSON.stringify([canonicalRecipe(recipe), sourceId]))
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function checkInteger(field: string, value: unknown, max: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max)
    throw invalid(field, `an integer from 1 to ${max}`, value)
}

function invalid(field: string, expected: string, received: unknown): ImageError {
  return new ImageError('invalid-recipe', `expected ${field} to be ${expected}; received ${show(received)}`, { field })
}
