import type { Sharp } from 'sharp'
import type { OutputFormat } from '../format.js'
import type { Budget } from '../limits.js'
import { pipelineFrom, type Raster } from './raster.js'
import { type ImageOutput, outputQuality } from './recipe.js'
import { explainTimeout } from './timeout.js'

/** Scales pixels to an output and writes them in its format, without metadata. */
export async function encodeRaster(
  raster: Raster,
  output: ImageOutput,
  format: OutputFormat,
  budget: Budget,
): Promise<Buffer> {
  const { width, height } = output
  const scaled = pipelineFrom(raster, budget).resize(width, height, { fit: 'fill' })
  const encoder = withEncoder(scaled, format, outputQuality(output, format))
  return await explainTimeout(encoder.toBuffer(), budget)
}

/** Says every option that the bytes depend on, so that a new default of sharp does not change them in silence. */
function withEncoder(pipeline: Sharp, format: OutputFormat, quality: number): Sharp {
  switch (format) {
    case 'jpeg':
      return pipeline.flatten({ background: '#ffffff' }).jpeg({
        quality,
        chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0',
        progressive: false,
        mozjpeg: false,
        optimiseCoding: true,
      })
    case 'png':
      return pipeline.png({ compressionLevel: 6, adaptiveFiltering: false, palette: false, progressive: false })
    case 'webp':
      return pipeline.webp({ quality, alphaQuality: 100, effort: 4, lossless: false, smartSubsample: false })
    case 'avif':
      return pipeline.avif({ quality, effort: 4, lossless: false, chromaSubsampling: '4:4:4', bitdepth: 8 })
  }
}
