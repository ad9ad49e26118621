import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { isAnimated } from '../../src/avatar-form/animation.js'

async function frames(count: number) {
  const create = { width: 8, height: 8, channels: 3, background: '#c81e1e' } as const
  const other = { ...create, background: '#1e3cc8' }
  const pictures = await Promise.all(
    [create, other].slice(0, count).map((picture) => sharp({ create: picture }).png().toBuffer()),
  )
  return count === 1 ? sharp(pictures[0]) : sharp(pictures, { join: { animated: true } })
}

/** What marks an animated PNG: a chunk before the pixels. */
function animatedPng(png: Buffer): Buffer {
  const control = Buffer.concat([Buffer.from([0, 0, 0, 8]), Buffer.from('acTL'), Buffer.alloc(12)])
  const afterHeader = 8 + 25
  return Buffer.concat([png.subarray(0, afterHeader), control, png.subarray(afterHeader)])
}

describe('a picture moves', () => {
  test.each([
    ['a WebP of two frames', async () => (await frames(2)).webp().toBuffer(), true],
    ['a WebP of one', async () => (await frames(1)).webp().toBuffer(), false],
    ['a GIF', async () => (await frames(2)).gif().toBuffer(), true],
    ['a PNG', async () => (await frames(1)).png().toBuffer(), false],
    ['an animated PNG', async () => animatedPng(await (await frames(1)).png().toBuffer()), true],
    ['a JPEG', async () => (await frames(1)).jpeg().toBuffer(), false],
    ['an AVIF', async () => (await frames(1)).avif().toBuffer(), false],
    ['a sequence of AVIF', async () => Buffer.from('\0\0\0\x1cftypavis\0\0\0\0', 'latin1'), true],
    ['nothing at all', async () => Buffer.alloc(0), false],
    ['a WebP that was cut off', async () => (await (await frames(2)).webp().toBuffer()).subarray(0, 20), false],
  ])('%s', async (_what, picture, moves) => {
    expect(await isAnimated(new Blob([new Uint8Array(await picture())]))).toBe(moves)
  })
})
