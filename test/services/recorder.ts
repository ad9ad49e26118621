import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that reached the service, with the bytes of its bodies. */
export interface RecordedRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly status: number
  readonly bytesSent: number
  readonly bytesReceived: number
}

export interface Recorder {
  readonly url: string
  readonly requests: RecordedRequest[]
  close(): Promise<void>
}

/**
 * Stands in front of a service and writes down what passes. The Host header goes through unchanged, so that signatures
 * made for this address stay valid.
 */
export async function startRecorder(target: string): Promise<Recorder> {
  const { hostname, port } = new URL(target)
  const requests: RecordedRequest[] = []
  const server = createServer((incoming, outgoing) => {
    let bytesSent = 0
    let bytesReceived = 0
    const { method = 'GET', url = '/', headers } = incoming
    // A connection of its own: one that is kept may be closed by the service just when it is used again.
    const upstream = httpRequest({ hostname, port, method, path: url, headers, agent: false }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.rawHeaders)
      reply.on('data', (chunk: Buffer) => {
        bytesReceived += chunk.length
      })
      reply.once('end', () => {
        requests.push({ method, path: url, status: reply.statusCode ?? 0, bytesSent, bytesReceived })
      })
      reply.pipe(outgoing)
    })
    upstream.on('error', () => outgoing.destroy())
    incoming.on('data', (chunk: Buffer) => {
      bytesSent += chunk.length
    })
    incoming.pipe(upstream)
  })
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
