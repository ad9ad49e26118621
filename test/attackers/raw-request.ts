import { once } from 'node:events'
import { createConnection } from 'node:net'

/** A request as it goes over the wire: nothing is put right that is wrong. */
export interface RawRequest {
  /** Default `GET`. */
  readonly method?: string
  /** The request target, to the letter. */
  readonly path: string
  /** Names and values, to the letter. `Host` and `Connection: close` are added, and the length of a body. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** What follows the head instead of a body, to the letter: no length of it is added. */
  readonly after?: string
}

/** What came back; status 0 where the connection was closed without an answer. */
export interface RawReply {
  readonly status: number
  /** Names in lower case; several of one name are joined by a line end. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The whole head, as it came. */
  readonly head: string
}

const LINE = '\r\n'

/** Sends one request on a connection of its own, and reads until the server closes it. */
export function sendRequest(port: number, request: RawRequest): Promise<RawReply> {
  return sendBytes(port, bytesOf(port, request))
}

/** Sends bytes that need not be a request. */
export async function sendBytes(port: number, bytes: Uint8Array): Promise<RawReply> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // A server that refuses may close before everything was sent: what it answered counts.
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  socket.write(bytes)
  await closed
  return parseReply(Buffer.concat(chunks))
}

export function bytesOf(port: number, { method = 'GET', path, headers = {}, body, after = '' }: RawRequest): Buffer {
  const content = body === undefined ? Buffer.from(after, 'latin1') : Buffer.from(body)
  const all = {
    Host: `127.0.0.1:${port}`,
    Connection: 'close',
    ...(body !== undefined && { 'Content-Length': String(content.length) }),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return Buffer.concat([Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, '', ''].join(LINE)), content])
}

/** Reads an answer that came whole. */
export function parseReply(bytes: Buffer): RawReply {
  const end = bytes.indexOf(LINE + LINE)
  const head = bytes.subarray(0, end === -1 ? bytes.length : end).toString('latin1')
  const [first = '', ...lines] = head.split(LINE)
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [name = '', ...value] = line.split(':')
    const key = name.toLowerCase()
    const before = headers[key]
    headers[key] = before === undefined ? value.join(':').trim() : `${before}\n${value.join(':').trim()}`
  }
  const body = end === -1 ? Buffer.alloc(0) : bytes.subarray(end + 4)
  const isChunked = headers['transfer-encoding'] === 'chunked'
  return {
    status: Number(first.split(' ')[1] ?? 0),
    headers,
    body: (isChunked ? dechunk(body) : body).toString('latin1'),
    head,
  }
}

function dechunk(body: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const end = body.indexOf(LINE, at)
    const size = end === -1 ? 0 : Number.parseInt(body.subarray(at, end).toString('latin1'), 16)
    if (!(size > 0)) return Buffer.concat(chunks)
    chunks.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}
