import { createHash } from 'node:crypto'
import { finished, Readable, Transform, type TransformCallback } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { DriverError, show } from '../errors.js'

/** What `put` stores: text is UTF-8. */
export type UploadBody = string | Uint8Array | Blob | Readable | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** A body in memory, or one that has to be read, with its length where that is known. */
export type SourceBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly stream: Readable; readonly length: number | undefined }

/** What the caller promised about a body. Digest in lower-case hex. */
export interface ExpectedBody {
  readonly length?: number | undefined
  readonly md5?: string | undefined
}

export function toSourceBody(body: UploadBody, contentLength: number | undefined): SourceBody {
  if (typeof body === 'string') return { kind: 'bytes', bytes: Buffer.from(body) }
  if (body instanceof Uint8Array) return { kind: 'bytes', bytes: body }
  if (body instanceof Blob)
    return { kind: 'stream', stream: fromWeb(body.stream()), length: contentLength ?? body.size }
  if (body instanceof Readable) return { kind: 'stream', stream: body, length: contentLength }
  if (body instanceof ReadableStream) return { kind: 'stream', stream: fromWeb(body), length: contentLength }
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) {
    return { kind: 'stream', stream: Readable.from(body, { highWaterMark: 1 }), length: contentLength }
  }
  throw new DriverError(
    'invalid-argument',
    `expected a body of type string, Uint8Array, Blob, Readable, ReadableStream or AsyncIterable; received ${show(body)}`,
  )
}

function fromWeb(body: ReadableStream): Readable {
  if (body.locked) throw new DriverError('invalid-argument', 'expected a ReadableStream that nobody else reads')
  return Readable.fromWeb(body)
}

/** The failure of a source, on its way to the caller, who gets `reason` as it is: this store had no part in it. */
export class SourceFailure extends Error {
  constructor(readonly reason: unknown) {
    super('the source of the body failed', { cause: reason })
  }
}

/** @throws DriverError `integrity` */
export function checkBytes(bytes: Uint8Array, { length, md5 }: ExpectedBody): void {
  if (length !== undefined && bytes.length !== length) throw lengthMismatch(length, String(bytes.length))
  if (md5 !== undefined && createHash('md5').update(bytes).digest('hex') !== md5) throw md5Mismatch()
}

/**
 * The bytes of a source, of which the last come only once the source ended as it was promised.
 *
 * A service stores a body as soon as its announced bytes are complete, so a surplus, or a digest that does not match,
 * must be noticed before the last chunk leaves. A failing source ends the stream with a SourceFailure.
 */
export class CheckedBody extends Transform {
  readonly #expected: ExpectedBody
  readonly #md5
  #held: Buffer | undefined
  #seen = 0

  constructor(source: Readable, expected: ExpectedBody) {
    // Object mode takes whatever a careless source yields, where a byte stream would throw into nowhere.
    super({ writableObjectMode: true, writableHighWaterMark: 1 })
    this.#expected = expected
    this.#md5 = expected.md5 === undefined ? undefined : createHash('md5')
    // Whoever reads meets the error. This keeps it from ending the process when nobody reads any more.
    this.on('error', () => {})
    finished(source, { writable: false }, (error) => {
      if (error && !this.destroyed) this.destroy(new SourceFailure(error))
    })
    source.pipe(this)
  }

  override _transform(chunk: unknown, encoding: BufferEncoding, done: TransformCallback): void {
    const bytes = toBuffer(chunk, encoding)
    if (bytes === undefined) {
      done(new DriverError('invalid-argument', `expected a body of bytes or text; its stream yielded ${show(chunk)}`))
    } else if (bytes.length === 0) {
      // Must not push out the chunk that is held.
      done()
    } else {
      this.#take(bytes, done)
    }
  }

  override _flush(done: TransformCallback): void {
    const { length, md5 } = this.#expected
    if (length !== undefined && this.#seen < length) done(lengthMismatch(length, `only ${this.#seen}`))
    else if (this.#md5 && this.#md5.digest('hex') !== md5) done(md5Mismatch())
    else done(null, this.#held)
  }

  #take(bytes: Buffer, done: TransformCallback): void {
    const { length } = this.#expected
    this.#seen += bytes.length
    if (length !== undefined && this.#seen > length) {
      done(lengthMismatch(length, 'more'))
      return
    }
    this.#md5?.update(bytes)
    const ready = this.#held
    this.#held = bytes
    done(null, ready)
  }
}

function toBuffer(chunk: unknown, encoding: BufferEncoding): Buffer | undefined {
  if (Buffer.isBuffer(chunk)) return chunk
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : undefined
}

function lengthMismatch(expected: number, came: string): DriverError {
  return new DriverError('integrity', `expected a body of ${expected} bytes, ${came} came; nothing was stored`)
}

export function md5Mismatch(): DriverError {
  return new DriverError('integrity', 'the body does not have the given MD5 digest; nothing was stored')
}

/**
 * Cuts a stream into buffers of `size` bytes; only the last may be smaller. One is filled at a time, and holds nothing
 * but its own bytes, however small the chunks are that come.
 */
export async function* partsOf(stream: CheckedBody, size: number): AsyncGenerator<Buffer> {
  // Most bodies are smaller than a part, so the first one grows. Later ones are likely to be needed whole.
  let least = 0
  let part: Buffer = Buffer.alloc(0)
  let held = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (let rest = chunk; rest.length > 0; ) {
      const needed = Math.min(size, held + rest.length)
      if (needed > part.length) part = enlarged(part, Math.min(size, Math.max(needed, least, 2 * part.length)))
      const copied = rest.copy(part, held)
      rest = rest.subarray(copied)
      held += copied
      if (held < size) continue
      yield part
      least = size
      part = Buffer.alloc(0)
      held = 0
    }
  }
  if (held > 0) yield part.subarray(0, held)
}

function enlarged(part: Buffer, length: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(length)
  part.copy(larger)
  return larger
}
