import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { S3Driver, type S3DriverOptions } from '../../../src/drivers/s3/index.js'

export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What the service does with the nth request. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void

export interface ScriptedService {
  readonly endpoint: string
  readonly requests: readonly SeenRequest[]
  /** How many connections were made so far. */
  readonly connections: number
  /** Resolves when no more than so many of them are open: both sides let go of them a moment later. */
  releases(expected: number): Promise<void>
  /** A driver for this service, without the SDK's own waiting where the options do not say otherwise. */
  driver(options?: S3DriverOptions): S3Driver
  stop(): Promise<void>
}

/** A service that does what no real one does on demand. The last answer holds for all further requests. */
export async function startScriptedService(...answers: readonly [Answer, ...Answer[]]): Promise<ScriptedService> {
  const requests: SeenRequest[] = []
  const server = createServer(async (request, response) => {
    // The answer is chosen before the body came: a service may refuse early.
    const answer = answers[Math.min(requests.length, answers.length - 1)] as Answer
    const { method = '', url = '', headers } = request
    const index = requests.push({ method, url, headers, body: '' }) - 1
    const body = await buffer(request).catch(() => Buffer.alloc(0))
    const seen = { method, url, headers, body: body.toString() }
    requests[index] = seen
    answer(response, seen)
  })
  // A connection that waits for its next request must not end just when that is sent.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const drivers: S3Driver[] = []
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  return {
    endpoint,
    requests,
    get connections() {
      return connections
    },
    releases: async (expected) => {
      const count = promisify(server.getConnections.bind(server))
      await expect.poll(count, { timeout: 60_000 }).toBeLessThanOrEqual(expected)
    },
    driver: (options = {}) => {
      const driver = new S3Driver({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, ...options })
      drivers.push(driver)
      return driver
    },
    stop: async () => {
      for (const driver of drivers) await driver.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret-of-the-example' }

/** An answer without a body. */
export function answer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => response.writeHead(status, headers).end()
}

/** An answer with XML. */
export function xml(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body)
}

/** A service's error as S3 writes it. */
export function failure(status: number, code: string, message = 'said the service', more = ''): Answer {
  return xml(status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`)
}

/** Ends the connection instead of answering. */
export const hangUp: Answer = (response) => {
  response.destroy()
}
