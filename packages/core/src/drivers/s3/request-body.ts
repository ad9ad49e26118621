import { addAbortSignal, finished, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { DriverBody, WriteMode } from '../../contract/driver.js'

/** Streams up to this size are read into memory for a conditional write, so that it can be sent again after a 409. */
const REPLAYABLE_BYTES = 8 * 1024 ** 2

/** A body as the SDK takes it. */
export interface BodyFields {
  readonly Body: Uint8Array | Readable
  readonly ContentLength: number
}

/** Makes a body replayable where the write needs that and memory allows it. */
export async function prepareBody(
  body: DriverBody,
  mode: WriteMode,
  signal: AbortSignal | undefined,
): Promise<DriverBody> {
  if (body.kind === 'bytes') return body
  // The SDK does not look into a stream of no bytes, so its end, or its surplus, must be seen here.
  const limit = mode === 'overwrite' ? 0 : REPLAYABLE_BYTES
  if (body.length > limit) return body
  if (signal) addAbortSignal(signal, body.stream)
  return { kind: 'bytes', bytes: await buffer(body.stream) }
}

/**
 * Sends a body. A stream that fails ends the request, which otherwise would wait for the missing bytes, and its own
 * error is thrown.
 */
export async function sendBody<T>(
  body: DriverBody,
  signal: AbortSignal | undefined,
  send: (fields: BodyFields, signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (body.kind === 'bytes') return send({ Body: body.bytes, ContentLength: body.bytes.length }, signal)
  const { stream, length } = body
  const broken = new AbortController()
  const forget = finished(stream, { writable: false }, (error) => {
    if (error) broken.abort(error)
  })
  const both = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal
  try {
    return await send({ Body: stream, ContentLength: length }, both)
  } catch (error) {
    throw broken.signal.aborted ? broken.signal.reason : error
  } finally {
    forget()
  }
}
