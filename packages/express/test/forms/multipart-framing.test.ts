import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MultipartFraming } from '../../src/forms/multipart-framing.js'
import { BOUNDARY, formBody, rawBody } from '../form-body.js'

interface Part {
  readonly head: string
  readonly end: number
  content: Buffer
}

function parse(chunks: readonly Buffer[]): Part[] {
  const framing = new MultipartFraming(BOUNDARY)
  const parts: Part[] = []
  let closed = false
  for (const chunk of chunks) {
    for (const token of framing.push(chunk)) {
      expect(closed).toBe(false)
      if (token.kind === 'head') parts.push({ head: token.bytes.toString(), end: token.end, content: Buffer.alloc(0) })
      else if (token.kind === 'close') closed = true
      else {
        const part = parts.at(-1) as Part
        part.content = Buffer.concat([part.content, token.bytes])
      }
    }
  }
  framing.end()
  expect(closed).toBe(true)
  return parts
}

function cut(body: Buffer, at: readonly number[]): Buffer[] {
  const points = [0, ...[...new Set(at)].filter((point) => point < body.length).sort((a, b) => a - b), body.length]
  return points.slice(1).map((end, index) => body.subarray(points[index], end))
}

/** Contents made of the pieces that a delimiter is made of, which is where parsers go wrong. */
const trickyContent = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', '-', '--', 'x', '\r\n--', '\r\n\r\n', BOUNDARY.slice(0, 9), '\r\n----'), {
    maxLength: 30,
  })
  .map((pieces) => pieces.join(''))
  .filter((text) => !`\r\n${text}`.includes(`\r\n--${BOUNDARY}`))

describe('MultipartFraming', () => {
  it('gives the same parts and exact offsets, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.array(trickyContent, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(700), { maxLength: 40 }),
        (contents, cuts) => {
          const body = formBody(contents.map((content, i) => ({ name: `f${i}`, content })))
          const parts = parse(cut(body, cuts))
          expect(parts.map((part) => part.content.toString())).toEqual(contents)
          for (const { end, content } of parts) {
            expect(body.subarray(end, end + content.length).equals(content)).toBe(true)
          }
          const last = parts.at(-1) as Part
          const { closingBytes } = new MultipartFraming(BOUNDARY)
          expect(body.length - last.end - closingBytes).toBe(last.content.length)
        },
      ),
    )
  })

  it('gives the same parts when every byte comes alone', () => {
    const body = formBody([
      { name: 'a', content: '\r\n--' },
      { name: 'b', filename: 'b.bin', content: `\r\n--${BOUNDARY.slice(0, -1)}` },
    ])
    const bytes = [...body].map((byte) => Buffer.from([byte]))
    expect(parse(bytes)).toEqual(parse([body]))
  })

  const head = 'Content-Disposition: form-data; name="a"\r\n\r\n'
  const malformed: Record<string, string> = {
    'a preamble': `hello\r\n--{B}\r\n${head}x\r\n--{B}--\r\n`,
    'an epilogue': `--{B}\r\n${head}x\r\n--{B}--\r\nbye`,
    'a second line end after the closing boundary': `--{B}\r\n${head}x\r\n--{B}--\r\n\r\n`,
    'a part after the closing boundary': `--{B}\r\n${head}x\r\n--{B}--\r\n--{B}\r\n${head}y\r\n--{B}--\r\n`,
    'a line that only begins like the boundary': `--{B}\r\n${head}x\r\n--{B}y\r\n--{B}--\r\n`,
    'spaces after the boundary': `--{B}  \r\n${head}x\r\n--{B}--\r\n`,
    'one dash after the boundary': `--{B}\r\n${head}x\r\n--{B}-\r\n`,
    'no closing boundary': `--{B}\r\n${head}x\r\n`,
    'half a closing boundary': `--{B}\r\n${head}x\r\n--{B}-`,
    'nothing but the opening boundary': '--{B}\r\n',
    'an empty body': '',
    'LF as line end': `--{B}\n${head.replaceAll('\r', '')}x\n--{B}--\n`,
    'LF within the headers': `--{B}\r\n${head.replaceAll('\r', '')}x\r\n--{B}--\r\n`,
    'no headers': '--{B}\r\n\r\nx\r\n--{B}--\r\n',
    'a boundary among the headers': `--{B}\r\nContent-Disposition: form-data; name="a"\r\n--{B}\r\n\r\nx\r\n--{B}--\r\n`,
    'a boundary that shares its CRLF with the headers': `--{B}\r\n${head}--{B}--\r\n`,
    'huge headers': `--{B}\r\nX: ${'x'.repeat(17_000)}\r\n${head}x\r\n--{B}--\r\n`,
    'headers without end': `--{B}\r\nX: ${'x'.repeat(40_000)}`,
    'a lone CR after the closing boundary': `--{B}\r\n${head}x\r\n--{B}--\r`,
  }
  for (const [what, text] of Object.entries(malformed)) {
    it(`refuses ${what}, whole and byte by byte`, () => {
      const body = rawBody(text)
      const refusal = expect.objectContaining({ name: 'HttpProblem', status: 400, code: 'invalid-request' })
      expect(() => parse([body])).toThrow(refusal)
      expect(() => parse([...body].map((byte) => Buffer.from([byte])))).toThrow(refusal)
    })
  }

  it('takes an empty line before the first boundary, and no line end after the last', () => {
    const parts = parse([rawBody(`\r\n--{B}\r\n${head}x\r\n--{B}--`)])
    expect(parts).toEqual([{ head, end: 2 + 2 + BOUNDARY.length + 2 + head.length, content: Buffer.from('x') }])
  })
})
