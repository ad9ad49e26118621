import { describe, expect, it } from 'vitest'
import { inspectImage, renderImage } from '../../src/index.js'
import { open, waves } from '../pictures.js'

/** What phones and editors leave behind the picture is no reason to refuse it. */
const TRAILER = Buffer.from('Image_UTC_Data1700000000000SEFHk\0\0\0SEFT', 'latin1')

describe('files that have more than a picture', () => {
  it.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('%s: bytes behind the end', async (format) => {
    const bytes = await open(waves(60, 40)).toFormat(format).toBuffer()
    expect(await inspectImage(Buffer.concat([bytes, TRAILER]))).toEqual(await inspectImage(bytes))
  })

  it.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('%s: a megabyte of zeros behind the end', async (format) => {
    const bytes = await open(waves(60, 40)).toFormat(format).toBuffer()
    expect(await inspectImage(Buffer.concat([bytes, Buffer.alloc(1_000_000)]))).toEqual(await inspectImage(bytes))
  })

  it('an AVIF with a free box behind the end', async () => {
    const bytes = await open(waves(60, 40)).avif({ effort: 0 }).toBuffer()
    const free = Buffer.from('\0\0\0\x10free--------', 'latin1')
    expect(await inspectImage(Buffer.concat([bytes, free]))).toEqual(await inspectImage(bytes))
  })

  it('a JPEG whose metadata holds a whole JPEG as thumbnail', async () => {
    const thumbnail = await open(waves(30, 20)).jpeg().toBuffer()
    const bytes = await open(waves(60, 40)).jpeg().toBuffer()
    const segment = Buffer.concat([Buffer.from([0xff, 0xe7, 0, 0]), thumbnail])
    segment.writeUInt16BE(segment.length - 2, 2)
    const whole = Buffer.concat([bytes.subarray(0, 2), segment, bytes.subarray(2)])
    expect(await inspectImage(whole)).toMatchObject({ width: 60, height: 40 })
    await expect(inspectImage(whole.subarray(0, -200))).rejects.toMatchObject({ code: 'image-corrupt' })
  })

  it('a JPEG with fill bytes before its markers', async () => {
    const bytes = await open(waves(60, 40)).jpeg().toBuffer()
    const filled = Buffer.concat([bytes.subarray(0, 2), Buffer.from([0xff, 0xff]), bytes.subarray(2)])
    const [rendered] = await renderImage(filled, { outputs: [{ width: 60, height: 40, format: 'png' }] })
    expect(rendered?.width).toBe(60)
  })
})

describe('files that have less than they should, but the whole picture', () => {
  it('a GIF without its trailer, which some encoders forget', async () => {
    const whole = await open(waves(60, 40)).gif().toBuffer()
    expect(whole.at(-1)).toBe(0x3b)
    expect(await inspectImage(whole.subarray(0, -1))).toMatchObject({ format: 'gif', width: 60, height: 40 })
  })
})
