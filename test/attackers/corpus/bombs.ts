import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { asAlpha, avifOf, codedItem, gridItem } from '../../../packages/images/test/avif.js'
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

/** Segments of metadata, of nothing but their names. */
function crowdedJpeg(jpeg: Buffer, count: number): Buffer {
  const segment = Buffer.from('\xff\xe1\x00\x08Exif\0\0', 'latin1')
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(segment.length * count, segment), jpeg.subarray(2)])
}

/** Its last scan 300 times, behind marks that stand alone: what follows them is no length. */
async function hiddenScans(): Promise<Buffer> {
  const bytes = await flat(400).jpeg({ progressive: true }).toBuffer()
  const last = bytes.lastIndexOf(Buffer.from([0xff, 0xda]))
  const scan = bytes.subarray(last, -2)
  const passed = 0xffda
  const many = Math.floor(passed / scan.length)
  const hidden = [Buffer.from([0xff, 0x01]), ...Array<Buffer>(many).fill(scan)]
  const filled = Buffer.concat([...hidden, Buffer.alloc(passed - many * scan.length, 0xff)])
  const times = Math.ceil(300 / many)
  return Buffer.concat([bytes.subarray(0, last), ...Array<Buffer>(times).fill(filled), scan, bytes.subarray(-2)])
}

/** A picture of 64 x 64, whose transparency or only tile says that it is 16000 x 16000. */
async function hugePart(part: 'transparency' | 'tile'): Promise<Buffer> {
  const small = await codedItem(64)
  const huge = await codedItem(64, 16_000)
  return part === 'tile' ? avifOf(gridItem(1, 1, 64, 2), huge) : avifOf(small, asAlpha(huge, 1))
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
  bomb('an AVIF of 64 x 64 with a transparency of 16000 x 16000', () => hugePart('transparency')),
  bomb('an AVIF of 64 x 64 with a tile of 16000 x 16000', () => hugePart('tile')),
  bomb('a JPEG of 300 scans that hide', hiddenScans),
  bomb('a JPEG of a million segments', async () => crowdedJpeg(await flat(90).jpeg().toBuffer(), 1_000_000)),
  bomb('a PNG of a million chunks', () => png(10, Buffer.alloc(12_000_000, chunk('aaAa', Buffer.alloc(0))))),
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
