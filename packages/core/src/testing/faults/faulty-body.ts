import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DriverBody } from '../../contract/driver.js'
import type { Fault } from './fault-plan.js'

type Truncate = Extract<Fault, { readonly kind: 'truncate' }>
type Drip = Extract<Fault, { readonly kind: 'drip' }>

/** The same bytes up to a point, where the stream fails; at its end at the latest. */
export function truncated(body: Readable, { afterBytes }: Truncate, failure: () => Error): Readable {
  return following(body, async function* () {
    let left = afterBytes
    for await (const chunk of body) {
      const bytes: Buffer = Buffer.from(chunk)
      if (left > 0) yield bytes.subarray(0, left)
      left -= bytes.length
      if (left <= 0) break
    }
    throw failure()
  })
}

/** The same bytes, in small pieces, with a pause before each. */
export function dripping(body: Readable, { chunkBytes, everyMilliseconds }: Drip): Readable {
  return following(body, async function* () {
    for await (const chunk of body) {
      const bytes: Buffer = Buffer.from(chunk)
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        await sleep(everyMilliseconds)
        yield bytes.subarray(at, at + chunkBytes)
      }
    }
  })
}

/** A body that goes out in small pieces. */
export function drippingBody(body: DriverBody, drip: Drip): DriverBody {
  const stream = body.kind === 'stream' ? body.stream : Readable.from([body.bytes], { objectMode: false })
  const length = body.kind === 'stream' ? body.length : body.bytes.length
  return { kind: 'stream', stream: dripping(stream, drip), length }
}

/** Takes so many bytes of a body that is on its way, and drops it. */
export async function takeStart(body: DriverBody, { afterBytes }: Truncate): Promise<void> {
  if (body.kind === 'bytes') return
  let left = afterBytes
  for await (const chunk of body.stream) {
    left -= Buffer.byteLength(chunk)
    if (left <= 0) break
  }
}

function following(body: Readable, chunks: () => AsyncGenerator<Buffer>): Readable {
  const stream = Readable.from(chunks(), { objectMode: false, highWaterMark: 1 })
  // One that nobody began to read has not begun to read its source either.
  stream.once('close', () => body.destroy())
  return stream
}
