import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CheckedBody, partsOf, SourceFailure } from '../../src/transfer/upload-body.js'

const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 })

describe('CheckedBody', () => {
  it('yields the very bytes of its source, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, async (pieces) => {
        const whole = Buffer.concat(pieces)
        const body = new CheckedBody(Readable.from(pieces), { length: whole.length })
        expect((await buffer(body)).equals(whole)).toBe(true)
      }),
    )
  })

  it('never lets the announced number of bytes through where the source has another', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: -5, max: 5 }), async (pieces, offset) => {
        const size = Buffer.concat(pieces).length
        fc.pre(offset !== 0 && size + offset > 0)
        let passed = 0
        const body = new CheckedBody(Readable.from(pieces), { length: size + offset })
        const reading = (async () => {
          for await (const chunk of body) passed += chunk.length
        })()
        await expect(reading).rejects.toMatchObject({ code: 'integrity' })
        expect(passed).toBeLessThan(size + offset)
      }),
    )
  })

  it('holds the last chunk until the source has ended, also when empty chunks follow', async () => {
    const source = new Readable({ read() {}, objectMode: true })
    const body = new CheckedBody(source, { length: 4 })
    let passed = 0
    body.on('data', (chunk: Buffer) => {
      passed += chunk.length
    })
    const failed = new Promise((resolve) => body.once('error', resolve))
    for (const chunk of ['ab', 'cd', '', Buffer.alloc(0), 'e']) source.push(chunk)
    expect(await failed).toMatchObject({ code: 'integrity', message: expect.stringContaining('4 bytes, more came') })
    expect(passed).toBe(2)
  })

  it('says how many bytes came where some are missing', async () => {
    const body = new CheckedBody(Readable.from([Buffer.from('abc')]), { length: 5 })
    await expect(buffer(body)).rejects.toThrow('expected a body of 5 bytes, only 3 came; nothing was stored')
  })

  it('fails with the source, and keeps its reason', async () => {
    const reason = new Error('sender')
    const source = new Readable({ read() {} })
    const body = new CheckedBody(source, {})
    source.destroy(reason)
    await expect(buffer(body)).rejects.toSatisfy((error) => error instanceof SourceFailure && error.reason === reason)
  })
})

describe('partsOf', () => {
  it('cuts into equal parts, of which only the last may be smaller', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: 1, max: 17 }), async (pieces, size) => {
        const whole = Buffer.concat(pieces)
        const parts: Buffer[] = []
        for await (const part of partsOf(new CheckedBody(Readable.from(pieces), {}), size)) parts.push(part)
        expect(Buffer.concat(parts).equals(whole)).toBe(true)
        expect(parts.slice(0, -1).every((part) => part.length === size)).toBe(true)
        expect(parts).toHaveLength(Math.ceil(whole.length / size))
      }),
    )
  })
})
