import { createHash } from 'node:crypto'
import { Readable, Transform, type TransformCallback } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { DriverError } from './errors.js'

/** What `put` stores: text is UTF-8. */
export type UploadBody = string | Uint8Array | Blob | Readable | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** A body in memory, or one that has to be read, with its length where that is known. */
export type SourceBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly stream: Readable; readonly length: number | undefined }

export function toSourceBody(body: UploadBody, contentLength: number | undefined): SourceBody {
  if (typeof body === 'string') return { kind: 'bytes', bytes: Buffer.from(body) }
  if (body instanceof Uint8Array) return { kind: 'bytes', bytes: body }
  if (body instanceof Blob)
    return { kind: 'stream', stream: Readable.fromWeb(body.stream() as ReadableStream), length: body.size }
  if (body instanceof Readable) return { kind: 'stream', stream: body, length: contentLength }
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) {
    return { kind: 'stream', stream: Readable.from(body, { objectMode: false }), length: contentLength }
  }
  throw new DriverError(
    'invalid-argument',
    'expected a body of type string, Uint8Array, Blob, Readable, ReadableStream or AsyncIterable',
  )
}

/**
 * Lets exactly `length` bytes through, and the last of them only once the source ended there.
 *
 * A service stores a body as soon as its announced bytes are complete, so a surplus must be noticed before the last
 * chunk leaves. The same holds for a digest that does not match.
 */
export class ExactLength extends Transform {
  readonly #length: number
  readonly #md5: string | undefined
  readonly #hash
  #held: Buffer | undefined
  #seen = 0

  constructor(length: number, md5?: string) {
    super()
    this.#length = length
    this.#md5 = md5
    this.#hash = md5 === undefined ? undefined : createHash('md5')
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    // An empty chunk must not push out the one that is held.
    if (chunk.length === 0) {
      done()
      return
    }
    this.#seen += chunk.length
    this.#hash?.update(chunk)
    const ready = this.#held
    this.#held = chunk
    if (this.#seen > this.#length) done(this.#mismatch('more'))
    else done(null, ready)
  }

  override _flush(done: TransformCallback): void {
    if (this.#seen < this.#length) done(this.#mismatch(`only ${this.#seen}`))
    else if (this.#hash && this.#hash.digest('hex') !== this.#md5) done(md5Mismatch())
    else done(null, this.#held)
  }

  #mismatch(came: string): DriverError {
    return new DriverError('integrity', `expected a body of ${this.#length} bytes, ${came} came; nothing was stored`)
  }
}

export function md5Mismatch(): DriverError {
  return new DriverError('integrity', 'the body does not have the given MD5 digest; nothing was stored')
}

/** Cuts a stream into buffers of `size` bytes; only the last may be smaller. Holds one at a time. */
export async function* partsOf(stream: Readable, size: number): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = []
  let held = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let rest = chunk
    while (held + rest.length >= size) {
      const cut = size - held
      yield Buffer.concat([...chunks, rest.subarray(0, cut)], size)
      rest = rest.subarray(cut)
      chunks = []
      held = 0
    }
    if (rest.length > 0) {
      chunks.push(rest)
      held += rest.length
    }
  }
  if (held > 0) yield Buffer.concat(chunks, held)
}
