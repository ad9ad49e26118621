import { beforeAll, describe, expect, it } from 'vitest'
import { inspectImage, inspectImageHead, renderImage } from '../../src/index.js'
import { type AvifItem, asAlpha, avifOf, codedItem, gridItem, sizeBox } from '../avif.js'

const LIMITS = { maxPixels: 10_000 }
const outputs = [{ width: 16, height: 16, format: 'png' as const }]

let small: AvifItem
let large: AvifItem
beforeAll(async () => {
  small = await codedItem(64)
  large = await codedItem(160)
})

const without = (item: AvifItem, name: string): AvifItem => ({
  ...item,
  properties: item.properties.filter((property) => property.toString('latin1', 4, 8) !== name),
})

describe('an AVIF of which a part is larger than the limit, behind a picture of 64 x 64', () => {
  it.each<[string, () => AvifItem[], string]>([
    ['its transparency', () => [small, asAlpha(large, 1)], 'image-too-large'],
    ['a transparency that says no size', () => [small, asAlpha(without(large, 'ispe'), 1)], 'image-unsupported'],
    ['its only tile', () => [gridItem(1, 1, 64, 2), large], 'image-too-large'],
    ['a tile that says no size', () => [gridItem(1, 1, 64, 2), without(large, 'ispe')], 'image-unsupported'],
    ['all of its tiles together', () => [gridItem(3, 3, 64, 2), small], 'image-too-large'],
    ['a tile that is a grid', () => [gridItem(1, 1, 64, 2), gridItem(3, 3, 64, 3), small], 'image-unsupported'],
    ['what is laid upon another one', () => [{ ...gridItem(1, 1, 64, 2), kind: 'iovl' }, small], 'image-unsupported'],
    ['one of two sizes', () => [{ ...small, properties: [...small.properties, sizeBox(160)] }], 'image-too-large'],
  ])('%s', async (_, items, code) => {
    const file = avifOf(...items())
    await expect(inspectImage(file, LIMITS)).rejects.toMatchObject({ code })
    await expect(inspectImageHead(file, file.length + 100, LIMITS)).rejects.toMatchObject({ code })
    await expect(renderImage(file, { outputs }, LIMITS)).rejects.toMatchObject({ code })
  })

  it.each(['its transparency', 'its tile'])('%s, which says that it is smaller', async (part) => {
    const liar = await codedItem(160, 64)
    const file = part === 'its tile' ? avifOf(gridItem(1, 1, 64, 2), liar) : avifOf(small, asAlpha(liar, 1))
    await expect(renderImage(file, { outputs }, LIMITS)).rejects.toMatchObject({ code: 'image-corrupt' })
  })
})

describe('an AVIF of several parts within the limit', () => {
  it.each<[string, () => AvifItem[], number]>([
    ['a picture with transparency', () => [small, asAlpha(small, 1)], 64],
    ['a grid of tiles', () => [gridItem(2, 2, 96, 2), small], 96],
    ['a picture with a brighter one beside it', () => [small, { ...gridItem(1, 2, 64, 1), kind: 'tmap' }], 64],
  ])('%s', async (_, items, edge) => {
    const file = avifOf(...items())
    expect(await inspectImage(file, LIMITS)).toMatchObject({ format: 'avif', width: edge, height: edge })
    expect(await renderImage(file, { outputs }, LIMITS)).toHaveLength(1)
  })
})

it('an AVIF with a crowd of properties', async () => {
  const nothing = Buffer.from('\0\0\0\x08free', 'latin1')
  const file = avifOf({ ...small, properties: [...small.properties, Buffer.alloc(20_000 * nothing.length, nothing)] })
  await expect(inspectImage(file)).rejects.toMatchObject({ code: 'image-too-large' })
})

it('an AVIF with two descriptions of what it holds', async () => {
  const file = avifOf(small)
  const meta = file.indexOf('meta') - 4
  const twice = Buffer.concat([file, file.subarray(meta, meta + file.readUInt32BE(meta))])
  await expect(inspectImage(twice)).rejects.toMatchObject({ code: 'image-unsupported' })
})
