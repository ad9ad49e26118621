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
  stopOnSignal(balancer, fleet)
  try {
    await fleet.start()
  } catch (error) {
    balancer.close()
    throw error
  }
  console.log(announcement(settings))
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

function stopOnSignal(balancer: Server, fleet: ServerFleet): void {
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    const closed = once(balancer, 'close')
    balancer.close()
    balancer.closeIdleConnections()
    await fleet.stop()
    balancer.closeAllConnections()
    await closed
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

start().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
