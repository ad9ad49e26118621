import sharp from 'sharp'
import { expect } from 'vitest'
import type { Crop } from '../journeys/person.js'
import { decode, distance, QUARTERS, quartersPicture, type Rgb } from '../journeys/pictures.js'

/** A small picture of four quarters, as a person would choose it. */
export interface StormPicture {
  readonly file: Blob
  /** Pixels, as displayed. */
  readonly width: number
  readonly height: number
  /** Of what is made from it. */
  readonly extension: 'jpg' | 'png'
}

const SIZES = [
  [80, 60],
  [60, 90],
  [120, 80],
] as const
/** Where an avatar is looked at, as parts of its edge. */
const LOOKED_AT = [0.2, 0.4, 0.6, 0.8] as const
/** Source pixels beside the border of two quarters where colours mix. */
const MIXED = 5
const MAX_DISTANCE = 30

/** JPEG, plain and from a camera held upright, and PNG with and without transparency. */
export async function stormPictures(): Promise<readonly StormPicture[]> {
  const pictures = SIZES.map(async ([width, height]) => {
    const plain = await quartersPicture(width, height)
    const sideways = await quartersPicture(width, height, 6)
    const opaque = await sharp(plain).png().toBuffer()
    const open = await sharp(plain).ensureAlpha(0.999).png().toBuffer()
    return [
      { file: blobOf(plain, 'image/jpeg'), width, height, extension: 'jpg' as const },
      { file: blobOf(sideways, 'image/jpeg'), width, height, extension: 'jpg' as const },
      { file: blobOf(opaque, 'image/png'), width, height, extension: 'jpg' as const },
      { file: blobOf(open, 'image/png'), width, height, extension: 'png' as const },
    ]
  })
  return (await Promise.all(pictures)).flat()
}

/** Fails unless the avatar shows what the crop showed: looked at in sixteen places, but not where colours meet. */
export async function expectCropped(avatar: Uint8Array, edge: number, picture: StormPicture, crop: Crop, told: string) {
  const pixels = await decode(avatar)
  expect([pixels.width, pixels.height], told).toEqual([edge, edge])
  for (const across of LOOKED_AT) {
    for (const down of LOOKED_AT) {
      const wanted = colourAt(picture, crop.x + across * crop.width, crop.y + down * crop.height)
      if (wanted === undefined) continue
      const seen = pixels.at(Math.floor(across * edge), Math.floor(down * edge))
      expect(distance(seen, wanted), `${told}: ${seen} at ${across}, ${down}; wanted ${wanted}`).toBeLessThan(
        MAX_DISTANCE,
      )
    }
  }
}

function colourAt({ width, height }: StormPicture, x: number, y: number): Rgb | undefined {
  if (Math.abs(x - width / 2) < MIXED || Math.abs(y - height / 2) < MIXED) return undefined
  if (y < height / 2) return x < width / 2 ? QUARTERS.topLeft : QUARTERS.topRight
  return x < width / 2 ? QUARTERS.bottomLeft : QUARTERS.bottomRight
}

function blobOf(bytes: Buffer, type: string): Blob {
  return new Blob([Uint8Array.from(bytes)], { type })
}
