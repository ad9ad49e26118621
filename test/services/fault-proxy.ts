import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from './random.js'

/**
 * What becomes of one request.
 *
 * - `refuse`: the connection is reset as soon as the head is there; the service hears nothing.
 * - `status`: the service hears nothing; the answer is an error as S3 words it.
 * - `delay`: it passes later; `hold`: when it is let go. `drip`: its reply comes in small pieces.
 * - `reset-before-body`: the service gets the head, and a connection that breaks where the body should come.
 * - `reset-after-body`: the whole body was taken, and the service hears nothing of it.
 * - `reply-lost`: the service did what it was asked to, and nobody hears its reply.
 * - `reply-cut`: half of the reply's body comes, where it has one; else nothing of it.
 * - `crash-before` and `crash-after`: `crash` is awaited right before the service hears of the request, or right after
 *   it has answered. Meanwhile nothing else passes.
 */
export type Fault =
  | { readonly kind: 'refuse' | 'reset-before-body' | 'reset-after-body' | 'reply-lost' | 'reply-cut' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  | { readonly kind: 'hold'; readonly until: Promise<void> }
  | { readonly kind: 'drip'; readonly bytesAtOnce: number; readonly milliseconds: number }
  | { readonly kind: 'crash-before' | 'crash-after'; readonly crash: () => Promise<void> }

/** What a script or a test sees of a request. `path` has no query: signatures stay out of reports. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
}

/** One request that met a fault, counted from 1 among all. */
export interface FaultRecord extends Omit<SeenRequest, 'query'> {
  readonly number: number
  readonly fault: Fault['kind']
}

export interface Chaos {
  /** The same seed gives the n-th request the same fault. */
  readonly seed: number
  /** How many requests meet a fault, 0 to 1. */
  readonly rate: number
  /** What they meet. Default: every kind that needs no test to watch it. */
  readonly faults?: readonly Fault[]
}

export const EVERY_FAULT: readonly Fault[] = [
  { kind: 'refuse' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, retryAfterSeconds: 1 },
  { kind: 'delay', milliseconds: 300 },
  { kind: 'drip', bytesAtOnce: 512, milliseconds: 5 },
  { kind: 'reset-before-body' },
  { kind: 'reset-after-body' },
  { kind: 'reply-lost' },
  { kind: 'reply-cut' },
]

interface Script {
  readonly matches: (request: SeenRequest) => boolean
  readonly fault: Fault
  /** Matches that are still to pass before the one that is meant. */
  left: number
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/**
 * Stands between servers and gateways, and lets requests meet faults: the n-th that matches a script, or some by chance,
 * the same ones for the same seed.
 *
 * The Host header goes through unchanged, so that signatures made for this address stay valid. A gateway that takes no
 * connections is passed over, as a balancer does.
 */
export class FaultProxy {
  readonly url: string
  /** Requests that met a fault, in the order in which they came. */
  readonly log: FaultRecord[] = []
  /** Addresses of the gateways, asked by turns. May be replaced at any time. */
  upstreams: readonly string[]
  readonly #server: Server
  readonly #scripts = new Set<Script>()
  #chaos: { readonly rate: number; readonly faults: readonly Fault[]; readonly random: () => number } | undefined
  #requests = 0
  #turn = 0
  /** The crash that is going on. */
  #crash: Promise<void> | undefined

  private constructor(server: Server, upstreams: readonly string[]) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.upstreams = upstreams
    this.#server = server
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      // Whatever breaks here breaks the connection, as it would without a proxy.
      this.#pass(incoming, outgoing).catch(() => reset(outgoing))
    })
  }

  static async start(upstreams: readonly string[]): Promise<FaultProxy> {
    const server = createServer()
    // A connection that waits for its next request must not end just when that is sent.
    server.keepAliveTimeout = 0
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FaultProxy(server, upstreams)
  }

  /** How many requests came, with and without faults. */
  get requests(): number {
    return this.#requests
  }

  /** Faults in the log, by kind. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { fault } of this.log) counts[fault] = (counts[fault] ?? 0) + 1
    return counts
  }

  /** The `nth` request from now on that matches meets this fault, once. Default: the next. */
  script(fault: Fault, matches: (request: SeenRequest) => boolean = () => true, nth = 1): void {
    this.#scripts.add({ matches, fault, left: nth })
  }

  /** Faults by chance from now on. */
  begin({ seed, rate, faults = EVERY_FAULT }: Chaos): void {
    this.#chaos = { rate, faults, random: seededRandom(seed) }
  }

  /** No faults from now on, neither by script nor by chance. */
  calm(): void {
    this.#chaos = undefined
    this.#scripts.clear()
  }

  /** Ends connections that wait for their next request. */
  closeIdleConnections(): void {
    this.#server.closeIdleConnections()
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #faultFor(request: SeenRequest): Fault | undefined {
    // Both numbers are drawn for every request, so that what happens to one does not depend on the one before.
    const chance = this.#chaos?.random() ?? 1
    const choice = this.#chaos?.random() ?? 0
    for (const script of this.#scripts) {
      if (!script.matches(request) || --script.left > 0) continue
      this.#scripts.delete(script)
      return script.fault
    }
    if (!this.#chaos || chance >= this.#chaos.rate) return undefined
    return this.#chaos.faults[Math.floor(choice * this.#chaos.faults.length)]
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (this.#crash !== undefined) {
      await this.#crash
      return reset(outgoing)
    }
    const { pathname: path, searchParams: query } = new URL(incoming.url ?? '/', this.url)
    const { method = 'GET' } = incoming
    const number = ++this.#requests
    const fault = this.#faultFor({ method, path, query })
    if (fault) this.log.push({ number, method, path, fault: fault.kind })
    switch (fault?.kind) {
      case undefined:
        return relay(await this.#ask(incoming), outgoing)
      case 'refuse':
        return reset(outgoing)
      case 'status':
        return answerError(incoming, outgoing, fault)
      case 'delay':
        await pause(fault.milliseconds)
        return relay(await this.#ask(incoming), outgoing)
      case 'hold':
        await fault.until
        return relay(await this.#ask(incoming), outgoing)
      case 'drip':
        return relay(await this.#ask(incoming), outgoing, (body) => inPieces(body, fault))
      case 'reset-before-body':
        await this.#announce(incoming)
        return reset(outgoing)
      case 'reset-after-body':
        await drain(incoming)
        return reset(outgoing)
      case 'reply-lost':
        await drain(await this.#ask(incoming))
        return reset(outgoing)
      case 'reply-cut':
        return relayHalf(await this.#ask(incoming), outgoing)
      case 'crash-before':
        await drain(incoming)
        await this.#during(fault.crash)
        return reset(outgoing)
      case 'crash-after':
        await drain(await this.#ask(incoming))
        await this.#during(fault.crash)
        return reset(outgoing)
    }
  }

  async #during(crash: () => Promise<void>): Promise<void> {
    this.#crash = crash()
    try {
      await this.#crash
    } finally {
      this.#crash = undefined
    }
  }

  /** Hands the request to the next gateway that takes it, and gives the reply with its body unread. */
  async #ask(incoming: IncomingMessage): Promise<IncomingMessage> {
    const upstream = await this.#connect(incoming)
    incoming.once('close', () => {
      if (!incoming.complete) upstream.destroy()
    })
    const replied = once(upstream, 'response')
    incoming.pipe(upstream)
    const [reply] = (await replied) as [IncomingMessage]
    return reply
  }

  /** Sends the head, and ends the connection where the body should come. */
  async #announce(incoming: IncomingMessage): Promise<void> {
    const upstream = await this.#connect(incoming)
    upstream.flushHeaders()
    // The request takes its connection in the next turn; the head is on its way after it.
    await nextTurn()
    upstream.socket?.destroySoon()
  }

  async #connect(incoming: IncomingMessage) {
    const from = this.#turn++
    for (const index of this.upstreams.keys()) {
      const upstream = this.upstreams[(from + index) % this.upstreams.length]
      const opened = upstream === undefined ? undefined : await connected(incoming, upstream)
      if (opened) return opened
    }
    throw new Error(`none of ${this.upstreams.length} gateways takes connections`)
  }
}

/** A request whose connection is open, and of which nothing was sent; undefined where nobody listens. */
async function connected({ method, url, headers }: IncomingMessage, upstream: string) {
  const { hostname, port } = new URL(upstream)
  const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'connection'))
  const socket = new Socket()
  const opened = once(socket, 'connect')
  socket.connect(Number(port), hostname)
  try {
    await opened
  } catch {
    return undefined
  }
  const request = httpRequest({ method, path: url, headers: passed, createConnection: () => socket })
  // Whoever waits for its reply, or reads it, hears that it breaks; a gateway that dies in the middle of one is told here, too.
  request.on('error', () => {})
  return request
}

async function relay(
  reply: IncomingMessage,
  outgoing: ServerResponse,
  through: (body: IncomingMessage) => AsyncIterable<Buffer> = (body) => body,
): Promise<void> {
  writeHead(reply, outgoing)
  await pipeline(through(reply), outgoing)
}

async function relayHalf(reply: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await drain(reply)
  if (body.length === 0) return reset(outgoing)
  writeHead(reply, outgoing)
  await new Promise<void>((resolve) => outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => resolve()))
  outgoing.destroy()
}

function writeHead(reply: IncomingMessage, outgoing: ServerResponse): void {
  for (const [name, value] of Object.entries(reply.headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) outgoing.setHeader(name, value)
  }
  outgoing.writeHead(reply.statusCode ?? 502)
}

async function* inPieces(
  body: IncomingMessage,
  { bytesAtOnce, milliseconds }: { readonly bytesAtOnce: number; readonly milliseconds: number },
): AsyncIterable<Buffer> {
  for await (const chunk of body as AsyncIterable<Buffer>) {
    for (let from = 0; from < chunk.length; from += bytesAtOnce) {
      yield chunk.subarray(from, from + bytesAtOnce)
      await pause(milliseconds)
    }
  }
}

const ERROR_CODES: Readonly<Record<number, string>> = { 500: 'InternalError', 503: 'SlowDown' }

async function answerError(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, retryAfterSeconds }: { readonly status: number; readonly retryAfterSeconds?: number },
): Promise<void> {
  await drain(incoming)
  if (retryAfterSeconds !== undefined) outgoing.setHeader('retry-after', retryAfterSeconds)
  outgoing.writeHead(status, { 'content-type': 'application/xml' })
  const code = ERROR_CODES[status] ?? 'InternalError'
  outgoing.end(incoming.method === 'HEAD' ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)
}

async function drain(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Ends the connection as a crash does: the other side learns it by a reset. */
function reset({ socket }: ServerResponse): void {
  socket?.resetAndDestroy()
}
