import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { KeptBytes, RepeatableBody } from '../src/repeatable-body.js'

describe('RepeatableBody', () => {
  test('gives the same bytes each time', async () => {
    const body = new RepeatableBody(Readable.from([Buffer.from('ab'), Buffer.from('cd')]), 100)
    expect(await text(body.open())).toBe('abcd')
    expect(await text(body.open())).toBe('abcd')
    expect(body.repeatable).toBe(true)
  })

  test('passes on what is there before the rest has come, and goes on where the first reader was left', async () => {
    const source = new PassThrough()
    const body = new RepeatableBody(source, 100)
    source.write('first,')
    const left = body.open()
    const [chunk] = await once(left, 'data')
    expect(String(chunk)).toBe('first,')
    left.destroy()
    source.write('second,')
    const whole = text(body.open())
    source.end('third')
    expect(await whole).toBe('first,second,third')
  })

  test('lets a body go that is too long to keep: it streams on, but only once', async () => {
    const chunks = Array.from({ length: 50 }, () => Buffer.alloc(10, 'x'))
    const body = new RepeatableBody(Readable.from(chunks), 100)
    expect(await text(body.open())).toBe('x'.repeat(500))
    expect(body.repeatable).toBe(false)
    await expect(text(body.open())).rejects.toThrow('too long to be kept')
  })

  test('shares the memory for bodies with the others, and gives it back', async () => {
    const memory = new KeptBytes(100)
    const chunks = Array.from({ length: 6 }, () => Buffer.alloc(10, 'x'))
    const bodies = [1, 2].map(() => new RepeatableBody(Readable.from(chunks), 100, memory))
    for (const body of bodies) expect(await text(body.open())).toBe('x'.repeat(60))
    expect(bodies.map((body) => body.repeatable)).toEqual([true, false])
    for (const body of bodies) await body.discard()
    const next = new RepeatableBody(Readable.from([Buffer.alloc(100, 'x')]), 100, memory)
    expect(await text(next.open())).toBe(await text(next.open()))
  })

  test('gives the memory back of a body that broke off', async () => {
    const memory = new KeptBytes(100)
    const source = new PassThrough()
    const body = new RepeatableBody(source, 100, memory)
    const reading = text(body.open())
    source.write(Buffer.alloc(90))
    await once(source, 'data')
    source.destroy(new Error('gone'))
    await expect(reading).rejects.toThrow('gone')
    await body.discard()
    expect(memory.take(100)).toBe(true)
  })

  test('reads what nobody wants to its end', async () => {
    const source = new PassThrough({ highWaterMark: 1 })
    const body = new RepeatableBody(source, 100)
    const discarded = body.discard()
    for (const word of ['one', 'two']) source.write(word)
    source.end()
    await discarded
    expect(source.readableEnded).toBe(true)
  })

  test('tells when the source breaks off', async () => {
    const source = new PassThrough()
    const body = new RepeatableBody(source, 100)
    const reading = text(body.open())
    source.write('half')
    source.destroy(new Error('gone'))
    await expect(reading).rejects.toThrow('gone')
  })
})
