import { fileExtension, mediaType, type OutputFormat } from '../format.js'
import { type ResolvedCrop, resolveCrop, wholePicture } from '../geometry/crop.js'
import { inspectWithin } from '../inspect/inspect-image.js'
import { Budget, type ImageLimits } from '../limits.js'
import { decodeCrop } from './decode-crop.js'
import { encodeRaster } from './encode-raster.js'
import { withOneThread } from './one-thread.js'
import { dropOpaqueAlpha, type Raster } from './raster.js'
import { checkRecipe, type ImageOutput, type ImageRecipe } from './recipe.js'

/** One picture of a recipe, free of metadata, in sRGB. */
export interface RenderedImage {
  readonly bytes: Buffer
  /** Pixels. */
  readonly width: number
  /** Pixels. */
  readonly height: number
  readonly format: OutputFormat
  /** Media type, for example `image/jpeg`. */
  readonly type: string
  /** File name extension without a dot, for example `jpg`. */
  readonly extension: string
  /** Output pixels per pixel of the crop, along the axis that grows most; above 1 the picture was enlarged. */
  readonly scale: number
}

/**
 * Crops a picture and makes every output of a recipe from one decoding.
 *
 * The same source and recipe give the same bytes, wherever `ENCODER_ID` is the same. Of an animation the first frame
 * is taken. What a rotation leaves empty is transparent; JPEG shows transparency as white.
 *
 * @param source  The whole file. It must not change until the promise settles.
 * @returns One picture per output, in the same order.
 * @throws ImageError `invalid-recipe`, `crop-out-of-bounds`, `image-unsupported`, `image-too-large`, `image-corrupt`,
 *   `image-timeout`
 * @throws RangeError for a limit that no picture could keep
 */
export async function renderImage(
  source: Uint8Array,
  recipe: ImageRecipe,
  limits?: ImageLimits,
): Promise<RenderedImage[]> {
  const budget = new Budget(limits)
  checkRecipe(recipe)
  budget.checkpoint()
  const header = await inspectWithin(source, budget)
  const crop = recipe.crop ? resolveCrop(header.info, recipe.crop) : wholePicture(header.info)
  return await withOneThread(async () => {
    const decoded = await decodeCrop({ source, header, budget }, crop, recipe.outputs)
    const raster = await dropOpaqueAlpha(decoded, budget)
    return await encodeOutputs(raster, crop, recipe.outputs, budget)
  })
}

/** One after the other: a request takes one thread, and memory for one output. */
async function encodeOutputs(
  raster: Raster,
  crop: ResolvedCrop,
  outputs: readonly ImageOutput[],
  budget: Budget,
): Promise<RenderedImage[]> {
  const rendered: RenderedImage[] = []
  for (const output of outputs) {
    budget.checkpoint()
    const format = output.format === 'auto' ? automaticFormat(raster) : output.format
    rendered.push({
      bytes: await encodeRaster(raster, output, format, budget),
      width: output.width,
      height: output.height,
      format,
      type: mediaType(format),
      extension: fileExtension(format),
      scale: Math.max(output.width / crop.width, output.height / crop.height),
    })
  }
  budget.checkpoint()
  return rendered
}

function automaticFormat(raster: Raster): OutputFormat {
  return raster.channels === 4 ? 'png' : 'jpeg'
}
