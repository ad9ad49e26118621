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
  const [, harmless, bomb, maxPixels] = process.argv
  const outputs = [{ width: 64, height: 64, format: 'auto' }]
  await renderImage(await readFile(harmless), { outputs })
  const bytes = await readFile(bomb)
  // A machine that is busy is not what is tried here.
  const limits = { maxPixels: Number(maxPixels), timeoutInSeconds: 3600 }
  const before = process.resourceUsage().maxRSS
  const ended = await renderImage(bytes, { outputs }, limits).then(() => 'rendered', (error) => error.code)
  console.log(JSON.stringify({ ended, megabytes: (process.resourceUsage().maxRSS - before) / 1024 }))
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bombs-'))
  await writeFile(join(folder, 'harmless'), await open(waves(90, 90)).jpeg().toBuffer())
})
afterAll(() => rm(folder, { recursive: true }))

async function renderApart(
  bytes: Uint8Array,
  maxPixels = 50_000_000,
): Promise<{ readonly ended: string; readonly megabytes: number }> {
  const file = join(folder, 'bomb')
  await writeFile(file, bytes)
  const given = [join(folder, 'harmless'), file, String(maxPixels)]
  const script = ['--input-type=module', '--eval', RENDER_IN_OWN_PROCESS, ...given]
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
  const bytes = await flatAvif(4000)
  const size = bytes.indexOf('ispe') + 8
  bytes.writeUInt32BE(100, size)
  bytes.writeUInt32BE(100, size + 4)
  return bytes
}

function bytesOf24(value: number): Buffer {
  return Buffer.from([value & 255, (value >> 8) & 255, (value >> 16) & 255])
}

function riff(name: string, ...data: Buffer[]): Buffer {
  const body = Buffer.concat(data)
  const head = Buffer.from(`${name}\0\0\0\0`, 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
}

async function animatedWebp(count: number): Promise<Buffer> {
  const create = { width: 1, height: 1, channels: 3, background: 'red' } as const
  const still = await sharp({ create }).webp({ lossless: true }).toBuffer()
  const place = Buffer.concat([0, 0, 0, 0, 10].map(bytesOf24))
  const frame = riff('ANMF', place, Buffer.alloc(1), still.subarray(12))
  const head = riff('VP8X', Buffer.from([2, 0, 0, 0]), bytesOf24(0), bytesOf24(0))
  const frames = Buffer.concat(Array<Buffer>(count).fill(frame))
  return riff('RIFF', Buffer.from('WEBP'), head, riff('ANIM', Buffer.alloc(6)), frames)
}

function segment(marker: number, ...data: (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(data.map((part) => Buffer.from(part)))
  return Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]), body])
}

/** A grey JPEG, sound to the last bit, that refines each of its coefficients bit by bit: 883 scans of all blocks. */
function refinedJpeg(edge: number): Buffer {
  const blocks = Math.ceil(edge / 8) ** 2
  const size = [edge >> 8, edge & 255]
  const scan = (from: number, to: number, precision: number, data: Buffer) =>
    Buffer.concat([segment(0xda, [1, 1, 0, from, to, precision]), data])
  // The one code, of two bits, says that a block has nothing more; `blocks` is a multiple of 4.
  const ends = Buffer.alloc(blocks / 4)
  const coefficients = Array.from({ length: 63 }, (_, at) => at + 1).flatMap((at) =>
    Array.from({ length: 14 }, (_, step) => scan(at, at, step === 0 ? 13 : ((14 - step) << 4) | (13 - step), ends)),
  )
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0], Buffer.alloc(64, 1)),
    segment(0xc2, [8, ...size, ...size, 1, 1, 0x11, 0]),
    segment(0xc4, [0x00, 0, 1], Buffer.alloc(14), [0]),
    segment(0xc4, [0x10, 0, 1], Buffer.alloc(14), [0]),
    scan(0, 0, 0, ends),
    ...coefficients,
    Buffer.from([0xff, 0xd9]),
  ])
}

/**
 * One scan, 300 times, behind marks that stand alone: who takes what follows such a mark for a length is led past 65,000
 * bytes of scans, to the next one.
 */
function hiddenScans(edge: number): Buffer {
  const blocks = (edge / 8) ** 2
  const size = [edge >> 8, edge & 255]
  const one = Buffer.concat([segment(0xda, [1, 1, 0, 1, 1, 0]), Buffer.alloc(blocks / 4)])
  const passed = 0xffda
  const many = Math.floor(passed / one.length)
  const hidden = Buffer.concat([
    Buffer.from([0xff, 0x01]),
    ...Array<Buffer>(many).fill(one),
    Buffer.alloc(passed - many * one.length, 0xff),
  ])
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0], Buffer.alloc(64, 1)),
    segment(0xc2, [8, ...size, ...size, 1, 1, 0x11, 0]),
    segment(0xc4, [0x00, 0, 1], Buffer.alloc(14), [0]),
    segment(0xc4, [0x10, 0, 1], Buffer.alloc(14), [0]),
    segment(0xda, [1, 1, 0, 0, 0, 0]),
    Buffer.alloc(blocks / 4),
    ...Array<Buffer>(Math.ceil(300 / many)).fill(hidden),
    Buffer.from([0xff, 0xd9]),
  ])
}

/** A million pieces before the pixels of a sound picture: decoders keep each of them, or a warning of it. */
async function crowded(format: 'jpeg' | 'png' | 'webp'): Promise<Buffer> {
  const crowd = (piece: Buffer) => Buffer.alloc(piece.length * 1_000_000, piece)
  const plain = open(waves(64, 64)).toFormat(format)
  const bytes = await plain.toBuffer()
  if (format === 'jpeg') {
    return Buffer.concat([bytes.subarray(0, 2), crowd(segment(0xe1, Buffer.from('Exif\0\0'))), bytes.subarray(2)])
  }
  if (format === 'png') {
    const pixels = bytes.indexOf('IDAT') - 4
    return Buffer.concat([bytes.subarray(0, pixels), crowd(chunk('eXIf', Buffer.alloc(0))), bytes.subarray(pixels)])
  }
  const head = riff('VP8X', Buffer.alloc(4), bytesOf24(63), bytesOf24(63))
  return riff('RIFF', Buffer.from('WEBP'), head, crowd(riff('aaaa')), bytes.subarray(12))
}

const zeros = deflateSync(Buffer.alloc(200_000_000))
const compressed = Buffer.concat([Buffer.from('icc\0\0', 'latin1'), zeros])
const packedUnicode = Buffer.concat([Buffer.from('text\0\x01\0\0\0', 'latin1'), zeros])

describe('bombs end before they take memory', () => {
  it.each<[string, string, () => Buffer | Promise<Buffer>, number?]>([
    ['a PNG of 60000 x 60000', 'image-too-large', () => png(60_000, 60_000)],
    ['a JPEG that claims 65000 x 65000', 'image-too-large', () => lyingJpeg(65_000)],
    ['a JPEG that claims 7000 x 7000 and holds 90 x 90', 'image-corrupt', () => lyingJpeg(7000)],
    ['a GIF whose screen is 1 x 1 and whose frame is 60000 x 60000', 'image-too-large', () => gif(1, 60_000, 1)],
    ['a GIF of 107000 frames', 'image-too-large', () => gif(1, 1, 107_000)],
    ['a WebP of 300000 frames', 'image-too-large', () => animatedWebp(300_000)],
    ['a JPEG of 883 scans', 'image-too-large', () => refinedJpeg(64)],
    ['a JPEG of 300 scans that hide behind marks without a length', 'image-too-large', () => hiddenScans(512)],
    ['a JPEG of a million segments', 'image-too-large', () => crowded('jpeg')],
    ['a PNG of a million chunks', 'image-too-large', () => crowded('png')],
    ['a WebP of a million chunks', 'image-too-large', () => crowded('webp')],
    // As large as such a file is made quickly.
    ['an AVIF of 4000 x 4000 in a kilobyte', 'image-too-large', () => flatAvif(4000), 10_000_000],
    ['an AVIF of 4000 x 4000 that claims 100 x 100', 'image-corrupt', lyingAvif, 10_000_000],
    ['a PNG whose profile unpacks to 200 MB', 'rendered', () => png(10, 10, chunk('iCCP', compressed))],
    ['a PNG whose texts unpack to 4 GB', 'rendered', () => png(10, 10, ...Array(20).fill(chunk('zTXt', compressed)))],
    ['a PNG of 21 such texts', 'image-too-large', () => png(10, 10, ...Array(21).fill(chunk('zTXt', compressed)))],
    [
      'a PNG of 21 such texts in Unicode',
      'image-too-large',
      () => png(10, 10, ...Array(21).fill(chunk('iTXt', packedUnicode))),
    ],
  ])('%s: %s', async (_, expected, bomb, maxPixels) => {
    const { ended, megabytes } = await renderApart(await bomb(), maxPixels)
    expect(ended).toBe(expected)
    expect(megabytes).toBeLessThan(40)
  })

  it('takes a fraction of its pixels for a large honest picture', async () => {
    const create = { width: 8000, height: 6000, channels: 3, background: '#808080' } as const
    const { ended, megabytes } = await renderApart(await sharp({ create }).png().toBuffer())
    expect(ended).toBe('rendered')
    expect(megabytes).toBeLessThan(70)
  })
})
