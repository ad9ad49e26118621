import { randomUUID } from 'node:crypto'
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createProxyServer, type ProxyServer } from 'httpxy'
import { ReadyServers } from './ready-servers.js'
import { KeptBytes, RepeatableBody } from './repeatable-body.js'

export interface BalancerOptions {
  /** A body up to this size is kept while it passes, so that it can go to another server. Default 32 MiB. */
  readonly maxRepeatableBytes?: number
  /** What all bodies together may keep; one that finds no room passes all the same, but only once. Default 256 MiB. */
  readonly maxKeptBytes?: number
  /** A server that says nothing for so long counts as dead. Default 60. */
  readonly silenceInSeconds?: number
  /** Where servers say whether they want requests, such as `/readyz`. Default: nobody is asked, all are tried. */
  readonly readyPath?: string
  /** How long after each answer they are asked again, in milliseconds. Default 500. */
  readonly askEachMs?: number
}

/**
 * A person who sends headers so slowly means no good; a picture may take its time. Whoever comes again when a server said so, after
 * a minute at the most, must not find the connection being closed just then.
 */
const TIMEOUTS = {
  headersTimeout: 15_000,
  requestTimeout: 300_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
}

/**
 * Sends every request to the next server, with no memory of who asked before: the opposite of a sticky session.
 *
 * A request that a server did not begin to answer goes to the next one, at most once to each. That holds for POST too,
 * because every step of this application may run twice; think before you copy it in front of one whose steps may not.
 * A server that says that it is not ready gets nothing while another one is. Every request has an id from here on.
 *
 * @param upstreams Addresses like `http://127.0.0.1:3001`, in the order of their turns.
 * @returns A server that is not listening yet.
 */
export function createBalancer(upstreams: readonly string[], options: BalancerOptions = {}): Server {
  const { maxRepeatableBytes = 32 * 1024 ** 2, maxKeptBytes = 256 * 1024 ** 2, silenceInSeconds = 60 } = options
  const { readyPath, askEachMs = 500 } = options
  if (upstreams.length === 0) throw new TypeError('expected at least one upstream; received none')
  const servers = new ReadyServers(upstreams)
  const line = new Line(servers, silenceInSeconds)
  const memory = new KeptBytes(maxKeptBytes)
  const balancer = createServer(TIMEOUTS, async (req, res) => {
    dropClaims(req)
    // The same for every server that is tried, and in the answer of none.
    req.headers['x-request-id'] ??= randomUUID()
    const body = new RepeatableBody(req, maxRepeatableBytes, memory)
    await line.pass(req, res, body)
    // Nobody is there any more to hear of a body that breaks off now.
    await body.discard().catch(() => {})
  })
  if (readyPath !== undefined) {
    balancer.on('listening', () => servers.watch(readyPath, askEachMs))
    balancer.on('close', () => servers.stopWatching())
  }
  return balancer
}

/** The balancer is where requests come in: what a client says of its address, protocol and host is not passed on as true. */
function dropClaims({ headers }: IncomingMessage): void {
  for (const name of Object.keys(headers)) {
    if (name === 'forwarded' || name.startsWith('x-forwarded-')) delete headers[name]
  }
}

class Line {
  readonly #proxy: ProxyServer
  readonly #servers: ReadyServers
  readonly #answered = new WeakSet<object>()

  constructor(servers: ReadyServers, silenceInSeconds: number) {
    this.#servers = servers
    // The proxy's own agent lets 256 requests pass to a server at once; the next one would wait behind them unheard.
    const agent = new Agent({ keepAlive: true })
    this.#proxy = createProxyServer({ agent, xfwd: true, proxyTimeout: silenceInSeconds * 1000 })
    this.#proxy.on('proxyRes', (_answer, _req, res) => this.#answered.add(res))
  }

  async pass(req: IncomingMessage, res: ServerResponse, body: RepeatableBody): Promise<void> {
    // Node has already told the person to go on; a second server must not wait to be asked.
    delete req.headers.expect
    for (const target of this.#servers.nextTurn()) {
      if (!body.repeatable) break
      if ((await this.#attempt(req, res, body, target)) === 'over') return
    }
    refuse(req, res)
  }

  /** `over`: answered, or nobody is left to answer to. */
  async #attempt(
    req: IncomingMessage,
    res: ServerResponse,
    body: RepeatableBody,
    target: string,
  ): Promise<'over' | 'unanswered'> {
    const buffer = body.open()
    // A body that breaks off shows at the request itself, and in the answer's close.
    buffer.on('error', () => {})
    try {
      await this.#proxy.web(req, res, { target, buffer })
      return 'over'
    } catch {
      return this.#answered.has(res) || res.destroyed ? 'over' : 'unanswered'
    } finally {
      buffer.destroy()
    }
  }
}

function refuse(req: IncomingMessage, res: ServerResponse): void {
  if (res.headersSent || res.destroyed) {
    res.destroy()
    return
  }
  const detail =
    'No server is up at the moment. Nothing is lost: what was finished is in the bucket. Try again shortly.'
  const isPerson = req.headers.accept?.includes('text/html')
  const requestId = String(req.headers['x-request-id'])
  const answer = isPerson
    ? { type: 'text/plain; charset=utf-8', text: `${detail}\n` }
    : {
        type: 'application/problem+json',
        text: JSON.stringify({ code: 'no-server', title: 'No server is up', status: 503, detail, requestId }),
      }
  res.writeHead(503, {
    'content-type': answer.type,
    'x-request-id': requestId,
    'retry-after': '2',
    'cache-control': 'no-store',
  })
  res.end(answer.text)
}
