#!/usr/bin/env node
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createApp } from './app.js'
import { openBucket } from './bucket.js'
import { listen } from './listen.js'
import type { ServerReport } from './server-fleet.js'
import { readInteger, readSettings } from './settings.js'

/** One server of the line. Nothing that it holds outlives a request, so it may be killed between any two. */
async function serve(): Promise<void> {
  const settings = readSettings(process.env)
  const name = process.env.SERVER_NAME ?? 'server-1'
  const port = readInteger(process.env, 'SERVER_PORT', { default: settings.port + 1, min: 1, max: 65_535 })
  const bucket = openBucket(settings)
  const server = createServer(await createApp({ settings, bucket, name }))
  await listen(server, port)
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    const closed = once(server, 'close')
    server.close()
    server.closeIdleConnections()
    await closed
    await bucket.store.close()
    if (process.connected) process.disconnect()
  }
  process.on('SIGTERM', stop)
  // Ctrl-C reaches every process of the terminal; the one that started this server says when to stop.
  process.on('SIGINT', () => {
    if (!process.connected) void stop()
  })
  process.on('disconnect', stop)
  report({ state: 'ready' })
}

function report(message: ServerReport): void {
  if (process.send) process.send(message)
  else console.log(message.state === 'ready' ? 'ready' : message.reason)
}

serve().catch((error: Error) => {
  report({ state: 'failed', reason: error.message })
  process.exitCode = 1
  if (process.connected) process.disconnect()
})
