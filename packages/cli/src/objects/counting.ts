import { type Readable, Transform } from 'node:stream'

/** The same bytes, counted. What becomes of one of the two streams becomes of the other. */
export function counting(source: Readable, onBytes: (bytes: number) => void): Readable {
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      onBytes(chunk.length)
      done(null, chunk)
    },
    destroy(error, done) {
      source.destroy(error ?? undefined)
      done(error)
    },
  })
  source.on('error', (error) => counter.destroy(error))
  return source.pipe(counter)
}
