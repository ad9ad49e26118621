import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import type { Attack } from '../attack.js'
import { filePart, form } from './requests.js'

/** Little that wants to be much: refused before anything is unpacked. */
function bomb(what: string, content: () => Buffer | Promise<Buffer>, code = 'image-too-large', status = 413): Attack {
  return {
    what,
    request: async ({ attacker }) => form('/avatars', [filePart(await content())], attacker.cookie),
    status,
    code,
  }
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

function png(edge: number, ...chunks: readonly Buffer[]): Buffer {
  const size = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0])
  size.writeUInt32BE(edge)
  size.writeUInt32BE(edge, 4)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const pixels = chunk('IDAT', deflateSync(Buffer.alloc(10_000)))
  return Buffer.concat([signature, chunk('IHDR', size), ...chunks, pixels, chunk('IEND', Buffer.alloc(0))])
}

function gif(frame: number, count: number): Buffer {
  const head = Buffer.from('GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  const image = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x4c, 1, 0])
  image.writeUInt16LE(frame, 5)
  image.writeUInt16LE(frame, 7)
  return Buffer.concat([head, ...Array<Buffer>(count).fill(image), Buffer.from(';')])
}

function riff(name: string, ...data: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(data)
  const head = Buffer.from(`${name}\0\0\0\0`, 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
}

async function webp(count: number): Promise<Buffer> {
  const still = await flat(1).webp({ lossless: true }).toBuffer()
  const frame = riff('ANMF', Buffer.alloc(16), still.subarray(12))
  const head = riff('VP8X', Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
  return riff('RIFF', Buffer.from('WEBP'), head, riff('ANIM', Buffer.alloc(6)), ...Array<Buffer>(count).fill(frame))
}

/** A JPEG of 90 x 90 whose header says otherwise. */
async function lyingJpeg(edge: number): Promise<Buffer> {
  const bytes = await flat(90).jpeg().toBuffer()
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]))
  bytes.writeUInt16BE(edge, frame + 5)
  bytes.writeUInt16BE(edge, frame + 7)
  return bytes
}

async function lyingAvif(edge: number): Promise<Buffer> {
  const bytes = await flat(90).avif({ effort: 0 }).toBuffer()
  const size = bytes.indexOf('ispe') + 8
  bytes.writeUInt32BE(edge, size)
  bytes.writeUInt32BE(edge, size + 4)
  return bytes
}

function flat(edge: number) {
  return sharp({ create: { width: edge, height: edge, channels: 3, background: '#808080' } })
}

const PACKED_TEXT = chunk('zTXt', Buffer.concat([Buffer.from('t\0\0'), deflateSync(Buffer.alloc(50_000_000))]))

/** The most pixels that an honest photograph may have: this one has them in a few kilobytes, and an AVIF is decoded as a whole. */
const LARGE_AVIF: Attack = {
  what: 'an AVIF of 25 million pixels in a few kilobytes, which is allowed, and cropped',
  request: async ({ attacker }) =>
    form('/avatars', [filePart(await flat(5000).avif({ effort: 0, quality: 30 }).toBuffer())], attacker.cookie),
  status: 201,
  leaves: /\/tmp\/avatars\/1\/|\.brigade\//,
  check: async ({ body }, { attacker, fleet }) => {
    const crop = { x: 0, y: 0, width: 5000, height: 5000 }
    const { status } = await attacker.person.crop(fleet.origin, JSON.parse(body).token, crop)
    if (status !== 200) throw new Error(`expected it to be cropped; received ${status}`)
  },
}

export const BOMBS: readonly Attack[] = [
  bomb('a PNG of 60000 x 60000', () => png(60_000)),
  bomb('a PNG of the largest numbers', () => png(0x7f_ff_ff_ff), 'image-corrupt', 422),
  bomb('a PNG of 30 texts of 50 MB each', () => png(10, ...Array<Buffer>(30).fill(PACKED_TEXT))),
  bomb('a GIF of a frame of 60000 x 60000 on a screen of 1 x 1', () => gif(60_000, 1)),
  bomb('a GIF of 100000 frames', () => gif(1, 100_000)),
  bomb('a WebP of 30000 frames', () => webp(30_000)),
  bomb('an AVIF that claims 8000 x 8000', () => lyingAvif(8000)),
  bomb('a JPEG that claims 65000 x 65000', () => lyingJpeg(65_000)),
  bomb('a PNG of no size at all', () => png(0), 'image-corrupt', 422),
  bomb(
    'a JPEG that ends behind its header',
    async () => (await flat(90).jpeg().toBuffer()).subarray(0, -20),
    'image-corrupt',
    422,
  ),
  LARGE_AVIF,
]
