import sharp, { type Sharp } from 'sharp'
import type { Size } from '../geometry/crop.js'
import type { QuarterTurn } from '../geometry/quarter-turn.js'
import type { Budget } from '../limits.js'
import { explainTimeout } from './timeout.js'

/** Decoded pixels: sRGB, 8 bits per channel, rows from the top, alpha last and not premultiplied. */
export interface Raster extends Size {
  readonly data: Buffer
  readonly channels: 3 | 4
}

export const TRANSPARENT = { r: 0, g: 0, b: 0, alpha: 0 }

/** Starts a pipeline from pixels that are this package's own: no guard stands before them, only the time. */
export function pipelineFrom({ data, width, height, channels }: Raster, budget: Budget): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).timeout({
    seconds: budget.wholeSecondsLeft(),
  })
}

/** Runs a pipeline to its pixels. */
export async function toRaster(pipeline: Sharp, budget: Budget): Promise<Raster> {
  const pixels = pipeline.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  const { data, info } = await explainTimeout(pixels, budget)
  const { width, height, channels } = info
  if (channels !== 3 && channels !== 4) throw new Error(`expected 3 or 4 channels of sRGB; libvips gave ${channels}`)
  return { data, width, height, channels }
}

export async function turnRaster(raster: Raster, turn: QuarterTurn, budget: Budget): Promise<Raster> {
  if (!turn.mirrored && turn.turns === 0) return raster
  return await toRaster(
    pipelineFrom(raster, budget)
      .flop(turn.mirrored)
      .rotate(turn.turns * 90),
    budget,
  )
}

/** Drops an alpha channel that hides nothing. */
export async function dropOpaqueAlpha(raster: Raster, budget: Budget): Promise<Raster> {
  if (raster.channels === 3 || hasTransparency(raster)) return raster
  return await toRaster(pipelineFrom(raster, budget).removeAlpha(), budget)
}

function hasTransparency({ data }: Raster): boolean {
  for (let at = 3; at < data.length; at += 4) {
    if (data[at] !== 255) return true
  }
  return false
}
