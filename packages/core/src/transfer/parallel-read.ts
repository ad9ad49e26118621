import { setMaxListeners } from 'node:events'
import { Readable } from 'node:stream'
import type { StoredObject } from '../contract/driver.js'
import { asError, DriverError, StoreError } from '../errors.js'

/** Bytes of an object, from `offset`. */
export interface Part {
  readonly offset: number
  readonly length: number
}

/** Opens a part of the version that is being read; fails where the object is another one by now. */
export type OpenPart = (part: Part, signal: AbortSignal) => Promise<StoredObject>

const ATTEMPTS = 3
const CHUNK_BYTES = 65_536

/**
 * The bytes of a large object as one stream, of which several parts are fetched at a time.
 *
 * @param parts  What is to be fetched, in order.
 * @param first  The first of them, which is open already.
 * @param concurrency  Parts in memory: the one that is being read, and those behind it.
 */
export function readParts(
  parts: readonly Part[],
  first: StoredObject,
  open: OpenPart,
  { concurrency }: { readonly concurrency: number },
): Readable {
  const stop = new AbortController()
  // As many listen as there are parts at a time, which is no leak.
  setMaxListeners(0, stop.signal)
  const chunks = chunksOf(parts, first.body, concurrency, (part) => fetchPart(part, open, stop.signal))
  return new Readable({
    highWaterMark: 0,
    read() {
      chunks.next().then(
        ({ value, done }) => this.push(done ? null : value),
        (error: unknown) => this.destroy(asError(error)),
      )
    },
    destroy(error, done) {
      stop.abort()
      first.body.destroy()
      done(error)
    },
  })
}

/** The parts of `size` bytes, the last perhaps smaller, between two offsets. */
export function partsBetween(start: number, end: number, size: number): Part[] {
  const count = Math.ceil((end - start) / size)
  return Array.from({ length: count }, (_, index) => {
    const offset = start + index * size
    return { offset, length: Math.min(size, end - offset) }
  })
}

async function* chunksOf(
  parts: readonly Part[],
  first: Readable,
  concurrency: number,
  fetch: (part: Part) => Promise<Buffer>,
): AsyncGenerator<Buffer> {
  const [opened, ...waiting] = parts as [Part, ...Part[]]
  const fetching: Promise<Buffer>[] = []
  const fetchAhead = (): void => {
    for (const part of waiting.splice(0, concurrency - 1 - fetching.length)) {
      const bytes = fetch(part)
      // Who reads meets the failure when its turn comes, unless another one ended the stream before.
      bytes.catch(() => {})
      fetching.push(bytes)
    }
  }
  fetchAhead()
  yield* firstChunks(opened, first, fetch)
  for (let next = fetching.shift(); next !== undefined; next = fetching.shift()) {
    fetchAhead()
    const bytes = await next
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
  }
}

/** What comes of the first part as it comes, and what a broken connection left out. */
async function* firstChunks(
  part: Part,
  body: Readable,
  fetch: (part: Part) => Promise<Buffer>,
): AsyncGenerator<Buffer> {
  let read = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      read += chunk.length
      yield chunk
    }
  } catch (error) {
    if (!isPassing(error)) throw error
    yield await fetch({ offset: part.offset + read, length: part.length - read })
  }
}

/** All bytes of a part, after more than one attempt where connections break. */
async function fetchPart(part: Part, open: OpenPart, signal: AbortSignal): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { body } = await open(part, signal)
      return await bytesOf(body, part.length)
    } catch (error) {
      if (signal.aborted || !isPassing(error) || attempt === ATTEMPTS) throw error
    }
  }
}

async function bytesOf(body: Readable, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let read = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunk.copy(bytes, read)
    read += chunk.length
  }
  if (read === length) return bytes
  throw new DriverError('unavailable', `a part of ${length} bytes came with ${read}: try again`)
}

function isPassing(error: unknown): boolean {
  return error instanceof DriverError || StoreError.is(error, 'unavailable')
}
