import type { IncomingMessage } from 'node:http'
import { type Pace, PaceWatch } from './pace-watch.js'

export const DEFAULT_DRAIN_BYTES = 64 * 1024 ** 2

/** What a request may cost that nobody wants any more, and how slowly it may come: else 408. */
export interface DrainOptions {
  /** Bytes of a refused request that are read and dropped before the answer. Default 64 MiB. */
  readonly drainBytes?: number | undefined
  /** Length of the windows in which bytes are counted, in seconds. Default 20. */
  readonly stallSeconds?: number | undefined
  /** Bytes per second that each window must bring, on average. Default 100. */
  readonly minBytesPerSecond?: number | undefined
}

/** How slowly a request may come, with the defaults filled in. */
export function paceOf({ stallSeconds = 20, minBytesPerSecond = 100 }: DrainOptions): Pace {
  return { stallSeconds, minBytesPerSecond }
}

/** Requests whose rest nobody will read: their connection cannot be used again. */
const abandoned = new WeakSet<IncomingMessage>()

/**
 * Reads and drops the rest of a request, so that the answer can be given after it.
 *
 * An answer in the middle of a request makes balancers such as nginx report 502 instead of passing it on, and makes
 * browsers show a network error. What is larger than `drainBytes`, or comes too slowly, is left unread.
 *
 * @returns False where something was left unread: the answer must then close the connection. Never rejects.
 */
export async function drainRequest(req: IncomingMessage, options: DrainOptions = {}): Promise<boolean> {
  if (abandoned.has(req)) return false
  if (req.complete && req.readableEnded) return true
  if (req.destroyed) return false
  const drained = await dropRest(req, options.drainBytes ?? DEFAULT_DRAIN_BYTES, paceOf(options))
  if (!drained) abandoned.add(req)
  return drained
}

/** Gives up on the rest of a request: `drainRequest` no longer waits for it. */
export function abandonRequest(req: IncomingMessage): void {
  abandoned.add(req)
}

function dropRest(req: IncomingMessage, maxBytes: number, pace: Pace): Promise<boolean> {
  return new Promise((resolve) => {
    let dropped = 0
    const watch = new PaceWatch(
      pace,
      () => false,
      () => settle(false),
    )
    const onData = (chunk: Buffer) => {
      dropped += chunk.length
      watch.saw(chunk.length)
      if (dropped > maxBytes) settle(false)
    }
    const onEnd = () => settle(true)
    const onClose = () => settle(req.complete)
    const settle = (drained: boolean) => {
      watch.stop()
      req.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
      if (!drained) req.pause()
      resolve(drained)
    }
    req.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
    req.resume()
  })
}
