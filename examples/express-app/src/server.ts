#!/usr/bin/env node
import { createServer } from 'node:http'
import { createApp } from './app.js'
import { openBucket } from './bucket.js'
import { GracefulStop } from './graceful-stop.js'
import { Health } from './health.js'
import { listen } from './listen.js'
import type { ServerReport } from './server-fleet.js'
import { readInteger, readSettings } from './settings.js'

/**
 * Headers come at once or not at all, and a picture of 20 MB within five minutes; Node would look only every 30 s. The balancer,
 * which keeps connections for its next requests, has to be the first to let go of one.
 */
const TIMEOUTS = {
  headersTimeout: 15_000,
  requestTimeout: 300_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
}

const LONGEST_STOP_IN_MS = 19_000

/** One server of the line. Nothing that it holds outlives a request, so it may be killed between any two. */
async function serve(): Promise<void> {
  const settings = readSettings(process.env)
  const name = process.env.SERVER_NAME ?? 'server-1'
  const port = readInteger(process.env, 'SERVER_PORT', { default: settings.port + 1, min: 1, max: 65_535 })
  const bucket = openBucket(settings)
  const health = new Health(bucket.store, {
    onChange: (cause) => console.error(cause === undefined ? `${name}: the bucket is back` : `${name}: ${cause}`),
  })
  const server = createServer(TIMEOUTS, await createApp({ settings, bucket, name, health }))
  await listen(server, port)
  const graceful = new GracefulStop(server, health, () => bucket.store.close())
  const stop = async (noticeInSeconds: number) => {
    // Whatever still holds this process then, nobody waits for it.
    setTimeout(() => process.exit(1), LONGEST_STOP_IN_MS).unref()
    await graceful.stop(noticeInSeconds)
    if (process.connected) process.disconnect()
  }
  process.on('SIGTERM', () => void stop(settings.drainNoticeSeconds))
  // Ctrl-C reaches every process of the terminal; the one that started this server says when to stop.
  process.on('SIGINT', () => {
    if (!process.connected) void stop(0)
  })
  // The balancer went first: nobody has to hear that this server is not ready any more.
  process.on('disconnect', () => void stop(0))
  // It may have gone before this server was up; only then there is a `send`, and nobody to send to.
  if (process.send && !process.connected) await stop(0)
  else report({ state: 'ready' })
}

function report(message: ServerReport): void {
  // Whoever started this server may hang up while it says so, which stops it; that is no error of its own.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
  else console.log(message.state === 'ready' ? 'ready' : message.reason)
}

serve().catch((error: Error) => {
  report({ state: 'failed', reason: error.message })
  process.exitCode = 1
  if (process.connected) process.disconnect()
})
