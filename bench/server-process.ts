import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endWithParent } from './end-with-parent.js'

const USAGE_PATH = '/usage'

/** What a server's process has taken since it started. */
export interface Usage {
  readonly cpuMilliseconds: number
  /** Peak of the resident memory. */
  readonly maxMegabytes: number
}

/** A server in a process of its own, so that its processor time and its memory are its own. */
export interface ServerProcess {
  readonly url: string
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/** Starts a file of this folder that ends in `serve`. */
export async function startServer(file: string, settings: object = {}): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [path, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const started = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const [port] = await Promise.race([started, gone.then(() => Promise.reject(new Error(`${file} ended early`)))])
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    usage: async () => (await (await fetch(`${url}${USAGE_PATH}`)).json()) as Usage,
    stop: async () => {
      child.kill()
      await gone
    },
  }
}

/** Answers on a free port, which it prints, and tells what its process takes. */
export async function serve(listener: RequestListener): Promise<void> {
  endWithParent()
  const server = createServer((req, res) => {
    if (req.url === USAGE_PATH) res.end(JSON.stringify(ownUsage()))
    else listener(req, res)
  })
  // Longer than a round of the others: a connection that ends meanwhile would be counted as a failure.
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
}

function ownUsage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuMilliseconds: (user + system) / 1000, maxMegabytes: (process.resourceUsage().maxRSS * 1024) / 1e6 }
}
