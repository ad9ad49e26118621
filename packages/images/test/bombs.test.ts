import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open, waves } from './pictures.js'

/** Renders a file in a process of its own, as memory that was taken once is never seen to shrink. */
const RENDER_IN_OWN_PROCESS = `
  import { readFile } from 'node:fs/promises'
  import { renderImage } from '@bucket-brigade/images'
  const outputs = [{ width: 64, height: 64, format: 'auto' }]
  await renderImage(await readFile(process.argv[1]), { outputs })
  const bytes = await readFile(process.argv[2])
  const before = process.resourceUsage().maxRSS
  const ended = await renderImage(bytes, { outputs }).then(() => 'rendered', (error) => error.code)
  console.log(JSON.stringify({ ended, megabytes: (process.resourceUsage().maxRSS - before) / 1024 }))
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bombs-'))
  await writeFile(join(folder, 'harmless'), await open(waves(90, 90)).jpeg().toBuffer())
})
afterAll(() => rm(folder, { recursive: true }))

async function renderApart(bytes: Uint8Array): Promise<{ readonly ended: string; readonly megabytes: number }> {
  const file = join(folder, 'bomb')
  await writeFile(file, bytes)
  const script = ['--input-type=module', '--eval', RENDER_IN_OWN_PROCESS, join(folder, 'harmless'), file]
  const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: import.meta.dirname })
  return JSON.parse(stdout)
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

function png(width: number, height: number, ...chunks: Buffer[]): Buffer {
  const size = Buffer.alloc(13)
  size.writeUInt32BE(width)
  size.writeUInt32BE(height, 4)
  size.set([8, 2], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const pixels = chunk('IDAT', deflateSync(Buffer.alloc(310)))
  return Buffer.concat([signature, chunk('IHDR', size), ...chunks, pixels, chunk('IEND', Buffer.alloc(0))])
}

function gif(screen: number, frame: number, count: number): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  head.writeUInt16LE(screen, 6)
  head.writeUInt16LE(screen, 8)
  const image = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x4c, 1, 0])
  image.writeUInt16LE(frame, 5)
  image.writeUInt16LE(frame, 7)
  return Buffer.concat([head, ...Array<Buffer>(count).fill(image), Buffer.from(';')])
}

async function flatAvif(edge: number): Promise<Buffer> {
  const create = { width: edge, height: edge, channels: 3, background: '#808080' } as const
  return await sharp({ create }).avif({ effort: 0, quality: 30 }).toBuffer()
}

async function lyingJpeg(edge: number): Promise<Buffer> {
  const bytes = await open(waves(90, 90)).jpeg().toBuffer()
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]))
  bytes.writeUInt16BE(edge, frame + 5)
  bytes.writeUInt16BE(edge, frame + 7)
  return bytes
}

async function lyingAvif(): Promise<Buffer> {
  const bytes = await flatAvif(8000)
  const size = bytes.indexOf('ispe') + 8
  bytes.writeUInt32BE(100, size)
  bytes.writeUInt32BE(100, size + 4)
  return bytes
}

const zeros = deflateSync(Buffer.alloc(200_000_000))
const compressed = Buffer.concat([Buffer.from('icc\0\0', 'latin1'), zeros])

describe('bombs end before they take memory', () => {
  it.each<[string, string, () => Buffer | Promise<Buffer>]>([
    ['a PNG of 60000 x 60000', 'image-too-large', () => png(60_000, 60_000)],
    ['a JPEG that claims 65000 x 65000', 'image-too-large', () => lyingJpeg(65_000)],
    ['a JPEG that claims 7000 x 7000 and holds 90 x 90', 'image-corrupt', () => lyingJpeg(7000)],
    ['a GIF whose screen is 1 x 1 and whose frame is 60000 x 60000', 'image-too-large', () => gif(1, 60_000, 1)],
    ['a GIF of 107000 frames', 'image-too-large', () => gif(1, 1, 107_000)],
    ['an AVIF of 8000 x 8000 in a kilobyte', 'image-too-large', () => flatAvif(8000)],
    ['an AVIF of 8000 x 8000 that claims 100 x 100', 'image-corrupt', lyingAvif],
    ['a PNG whose profile unpacks to 200 MB', 'rendered', () => png(10, 10, chunk('iCCP', compressed))],
    ['a PNG whose texts unpack to 4 GB', 'rendered', () => png(10, 10, ...Array(20).fill(chunk('zTXt', compressed)))],
  ])(
    '%s: %s',
    async (_, expected, bomb) => {
      const { ended, megabytes } = await renderApart(await bomb())
      expect(ended).toBe(expected)
      expect(megabytes).toBeLessThan(40)
    },
    60_000,
  )

  it('takes a fraction of its pixels for a large honest picture', async () => {
    const create = { width: 8000, height: 6000, channels: 3, background: '#808080' } as const
    const { ended, megabytes } = await renderApart(await sharp({ create }).png().toBuffer())
    expect(ended).toBe('rendered')
    expect(megabytes).toBeLessThan(70)
  }, 60_000)
})
