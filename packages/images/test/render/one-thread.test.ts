import sharp from 'sharp'
import { afterEach, expect, it } from 'vitest'
import { renderImage } from '../../src/index.js'
import { noise, open } from '../pictures.js'

const threadsOfTheApplication = sharp.concurrency()

afterEach(() => {
  sharp.concurrency(threadsOfTheApplication)
})

const outputs = (['jpeg', 'png', 'webp', 'avif'] as const).map((format) => ({ width: 200, height: 200, format }))

it('gives the same bytes whatever thread count the application has set, and leaves that setting alone', async () => {
  const source = await open(noise(220, 220)).blur(2).png().toBuffer()
  const rendered: Buffer[][] = []
  for (const threads of [1, 4]) {
    sharp.concurrency(threads)
    const [one, same] = await Promise.all([renderImage(source, { outputs }), renderImage(source, { outputs })])
    expect(sharp.concurrency()).toBe(threads)
    expect(one).toEqual(same)
    rendered.push(one.map(({ bytes }) => bytes))
  }
  expect(rendered[1]).toEqual(rendered[0])
})

it('puts the setting back after a failure', async () => {
  sharp.concurrency(3)
  const source = await open(noise(64, 64)).png().toBuffer()
  source.fill(0x55, 200, 400)
  await expect(renderImage(source, { outputs })).rejects.toMatchObject({ code: 'image-corrupt' })
  expect(sharp.concurrency()).toBe(3)
})

it('keeps what the application sets while a picture is rendered', async () => {
  sharp.concurrency(3)
  const source = await open(noise(64, 64)).png().toBuffer()
  const rendering = renderImage(source, { outputs })
  while (sharp.concurrency() !== 1) await new Promise(setImmediate)
  sharp.concurrency(2)
  await rendering
  expect(sharp.concurrency()).toBe(2)
})
