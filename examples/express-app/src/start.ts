#!/usr/bin/env node
import { once } from 'node:events'
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createBalancer } from './balancer.js'
import { listen } from './listen.js'
import { ServerFleet } from './server-fleet.js'
import { completeEnvironment, readSettings, type Settings } from './settings.js'

/** The whole line on one machine: the servers as processes of their own, and the balancer in this one. */
async function start(): Promise<void> {
  const env = completeEnvironment(process.env)
  const settings = readSettings(env)
  const ports = Array.from({ length: settings.servers }, (_, index) => settings.port + 1 + index)
  const servers = ports.map((port) => `http://127.0.0.1:${port}`)
  const balancer = createBalancer(servers, { readyPath: '/readyz' })
  await listen(balancer, settings.port)
  const fleet = new ServerFleet({
    module: fileURLToPath(new URL('server.js', import.meta.url)),
    ports,
    env,
    onRestart: (message) => console.error(message),
  })
  const stopping = stopOnSignal(balancer, fleet)
  try {
    await fleet.start()
  } catch (error) {
    // Ctrl-C reaches every process of the terminal. A server that was not up yet ended by it, which is no fault.
    if (stopping.aborted) return
    balancer.close()
    throw error
  }
  if (!stopping.aborted) console.log(announcement(settings))
}

function announcement(settings: Settings): string {
  const { port, servers, bucketUrl } = settings
  const last = port + servers
  const line = servers === 1 ? `1 server (port ${last})` : `${servers} servers (ports ${port + 1} to ${last})`
  return [
    `Bucket Brigade is up: http://localhost:${port}`,
    `  ${line} behind a balancer that sends every request to the next one`,
    `  bucket: ${bucketUrl.replace(/\?.*/, '')}`,
    '  Ctrl-C stops everything',
  ].join('\n')
}

/** Ends everything when it is asked to. Aborted from then on. */
function stopOnSignal(balancer: Server, fleet: ServerFleet): AbortSignal {
  const stopping = new AbortController()
  const stop = async () => {
    if (stopping.signal.aborted) return
    stopping.abort()
    const closed = once(balancer, 'close')
    balancer.close()
    balancer.closeIdleConnections()
    await fleet.stop()
    balancer.closeAllConnections()
    await closed
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return stopping.signal
}

start().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
