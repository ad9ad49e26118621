import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a request meets instead of a good answer. */
export type Fault =
  | 'fine'
  /** The connection ends before the request was read. */
  | 'cut'
  /** What was asked is done, and the answer lost. */
  | 'lost-reply'
  /** Nothing happens until `release()`. */
  | 'hang'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

/** The steps of the application, and the bucket. */
export type Place = 'begin' | 'renew' | 'parts' | 'uploaded' | 'complete' | 'abort' | 'bucket'

interface Session {
  readonly filename: string
  readonly type: string
  readonly bytes: number
  readonly parts: Map<number, Buffer>
  fields: Readonly<Record<string, string>>
  state: 'open' | 'completed' | 'aborted'
}

/**
 * An application that speaks the direct upload protocol, and a bucket on another origin, both over real HTTP and in memory.
 * Faults are scripted per place: each request takes the next one.
 */
export class ProtocolServer {
  method: 'POST' | 'PUT' | 'MULTIPART' = 'PUT'
  partBytes = 1000
  /** Lifetime of an address; a past one is refused with 403. */
  presignSeconds = 600
  /** By how much the server's clock is ahead of the page's. */
  aheadSeconds = 0
  /** What the bucket says to pages of other origins; without ETag, those may not read it. */
  exposedHeaders = 'ETag'
  bucketCors: 'allowed' | 'forgotten' = 'allowed'
  /** Served to pages by the application: path → type and body. */
  readonly pages = new Map<string, readonly [type: string, body: string]>()
  readonly sessions = new Map<string, Session>()
  /** Every request in order, also those that met a fault: `begin`, `parts`, `bucket 2`. */
  readonly log: string[] = []
  /** The part numbers of each call for addresses. */
  readonly askedFor: (readonly number[])[] = []
  /** Most requests that the bucket had at a time. */
  mostAtOnce = 0
  /** Where the application answers. */
  origin = ''
  #bucketOrigin = ''
  readonly #faults = new Map<Place, Fault[]>()
  readonly #watchers: { readonly entry: RegExp; readonly seen: () => void }[] = []
  readonly #application = createServer((req, res) => void this.#applicationAnswers(req, res))
  readonly #bucket = createServer((req, res) => void this.#bucketAnswers(req, res))
  readonly #addresses = new Map<string, { readonly token: string; readonly part: number; readonly expiresAt: number }>()
  readonly #held: (() => void)[] = []
  #atOnce = 0
  #answered = 0

  static async start(): Promise<ProtocolServer> {
    const server = new ProtocolServer()
    await server.#listen()
    return server
  }

  async #listen(): Promise<void> {
    this.origin = await listen(this.#application)
    this.#bucketOrigin = await listen(this.#bucket)
  }

  get endpoint(): string {
    return `${this.origin}/uploads`
  }

  /** Scripts what the next requests to this place meet. */
  meets(place: Place, ...faults: Fault[]): void {
    this.#faults.set(place, [...(this.#faults.get(place) ?? []), ...faults])
  }

  /** Forgets the script, and lets go on what hangs. */
  release(): void {
    this.#faults.clear()
    for (const goOn of this.#held.splice(0)) goOn()
  }

  /** Resolves once the log has such an entry, from now on, or once such a one was answered: `abort, answered`. */
  saw(entry: RegExp): Promise<void> {
    return new Promise((seen) => this.#watchers.push({ entry, seen }))
  }

  count(entry: RegExp): number {
    return this.log.filter((line) => entry.test(line)).length
  }

  /** The one session's file, as the bucket has it. */
  stored(): Buffer {
    const sessions = [...this.sessions.values()].filter(({ state }) => state === 'completed')
    if (sessions.length !== 1) throw new Error(`expected one completed session, found ${sessions.length}`)
    const parts = [...(sessions[0]?.parts ?? [])].sort(([one], [other]) => one - other)
    return Buffer.concat(parts.map(([, bytes]) => bytes))
  }

  async stop(): Promise<void> {
    this.release()
    await Promise.all([this.#application, this.#bucket].map(close))
  }

  /** From now on nobody answers at the application's address. */
  stopApplication(): Promise<void> {
    return close(this.#application)
  }

  async #applicationAnswers(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const page = this.pages.get(req.url ?? '')
    if (page) {
      res.setHeader('content-type', page[0]).end(page[1])
      return
    }
    const step = req.url?.replace(/^\/uploads\/?/, '') || 'begin'
    const place = (['renew', 'parts', 'uploaded', 'complete', 'abort'] as const).find((it) => it === step) ?? 'begin'
    await this.#serve(place, place, req, res, (body) => {
      const input: unknown = JSON.parse(body.toString())
      const { token = '', partNumbers = [], ...rest } = input as Record<string, never>
      if (place === 'parts') this.askedFor.push([...partNumbers])
      res.setHeader('date', new Date(this.#now()).toUTCString())
      const [status, answer] = this.#step(place, String(token), [...partNumbers], rest)
      res.setHeader('content-type', 'application/json').writeHead(status).end(JSON.stringify(answer))
    })
  }

  #step(
    place: Place,
    token: string,
    partNumbers: readonly number[],
    rest: Readonly<Record<string, unknown>>,
  ): [number, unknown] {
    if (place === 'begin') return this.#begin(rest)
    const session = this.sessions.get(token)
    if (!session) return [403, problem(403, 'token-invalid')]
    if (place === 'abort') {
      if (session.state === 'open') session.parts.clear()
      session.state = session.state === 'open' ? 'aborted' : session.state
      return [200, {}]
    }
    if (session.state === 'aborted') return [410, problem(410, 'session-expired')]
    if (place === 'complete') return this.#complete(session, rest.parts)
    if (place === 'renew') return [200, { upload: this.#offer(token) }]
    if (place === 'uploaded') {
      const parts = [...session.parts].map(([partNumber, body]) => ({
        partNumber,
        etag: etag(body),
        bytes: body.length,
      }))
      return [200, { parts }]
    }
    return [200, { parts: partNumbers.map((partNumber) => ({ partNumber, ...this.#address(token, partNumber) })) }]
  }

  #begin({ filename, type, bytes }: Readonly<Record<string, unknown>>): [number, unknown] {
    const token = randomUUID()
    this.sessions.set(token, {
      filename: String(filename),
      type: String(type),
      bytes: Number(bytes),
      parts: new Map(),
      fields: {},
      state: 'open',
    })
    return [201, { token, upload: this.#offer(token) }]
  }

  #offer(token: string) {
    if (this.method === 'POST') {
      return { method: 'POST', fields: { key: 'tmp/it', policy: 'signed' }, ...this.#address(token, 1) }
    }
    const headers = { 'content-type': this.sessions.get(token)?.type, 'if-none-match': '*' }
    if (this.method === 'PUT') return { method: 'PUT', headers, ...this.#address(token, 1) }
    return { method: 'MULTIPART', partBytes: this.partBytes, expiresAt: this.#expiresAt(3600) }
  }

  #address(token: string, part: number) {
    const id = randomUUID()
    this.#addresses.set(id, { token, part, expiresAt: this.#now() + this.presignSeconds * 1000 })
    return { url: `${this.#bucketOrigin}/${id}`, expiresAt: this.#expiresAt(this.presignSeconds) }
  }

  #complete(session: Session, parts: unknown): [number, unknown] {
    const stored = [...session.parts].reduce((sum, [, bytes]) => sum + bytes.length, 0)
    if (stored !== session.bytes || session.parts.size === 0) return [409, problem(409, 'step-out-of-order')]
    session.state = 'completed'
    this.#answered += 1
    return [201, { key: `uploads/${session.filename}`, parts: parts ?? null, answered: this.#answered }]
  }

  async #bucketAnswers(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (this.bucketCors === 'allowed') {
      res.setHeader('access-control-allow-origin', '*')
      res.setHeader('access-control-expose-headers', this.exposedHeaders)
    }
    if (req.method === 'OPTIONS') {
      res.setHeader('access-control-allow-methods', 'PUT, POST').setHeader('access-control-allow-headers', '*')
      res.writeHead(200).end()
      return
    }
    const address = this.#addresses.get(req.url?.slice(1) ?? '')
    this.#atOnce += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce)
    res.once('close', () => {
      this.#atOnce -= 1
    })
    await this.#serve('bucket', `bucket ${address?.part}`, req, res, async (body) => {
      const session = this.sessions.get(address?.token ?? '')
      if (!address || !session || address.expiresAt < this.#now()) return refuse(res, 403, 'AccessDenied')
      if (session.state !== 'open') return refuse(res, 404, 'NoSuchUpload')
      if (req.headers['if-none-match'] && session.parts.has(1)) return refuse(res, 412, 'PreconditionFailed')
      const stored = req.method === 'POST' ? await this.#readForm(session, req, body) : body
      session.parts.set(address.part, stored)
      res
        .setHeader('etag', etag(stored))
        .writeHead(req.method === 'POST' ? 201 : 200)
        .end()
    })
  }

  async #readForm(session: Session, req: IncomingMessage, body: Buffer): Promise<Buffer> {
    const headers = { 'content-type': req.headers['content-type'] ?? '' }
    const form = [...(await new Response(new Uint8Array(body), { headers }).formData())]
    const [name, file] = form.pop() ?? []
    if (name !== 'file' || !(file instanceof File)) throw new Error('expected the file as the last field')
    session.fields = Object.fromEntries(form.map(([field, value]) => [field, String(value)]))
    return Buffer.from(await file.arrayBuffer())
  }

  async #serve(
    place: Place,
    entry: string,
    req: IncomingMessage,
    res: ServerResponse,
    act: (body: Buffer) => void | Promise<void>,
  ): Promise<void> {
    const fault = this.#faults.get(place)?.shift()
    // Who sees the entry may release at once.
    const released = fault === 'hang' ? new Promise<void>((goOn) => this.#held.push(goOn)) : undefined
    this.#note(entry)
    if (fault === 'cut') {
      req.destroy()
      return
    }
    const body = await readAll(req).catch(() => undefined)
    // The client went away.
    if (body === undefined) return
    await released
    if (typeof fault === 'object') {
      res.writeHead(fault.status, fault.headers).end(fault.body)
      return
    }
    if (fault === 'lost-reply') res.end = () => res.destroy()
    await act(body)
    this.#tell(`${entry}, answered`)
  }

  #note(entry: string): void {
    this.log.push(entry)
    this.#tell(entry)
  }

  #tell(entry: string): void {
    for (const watcher of this.#watchers) if (watcher.entry.test(entry)) watcher.seen()
  }

  #now(): number {
    return Date.now() + this.aheadSeconds * 1000
  }

  #expiresAt(seconds: number): string {
    return new Date(this.#now() + seconds * 1000).toISOString()
  }
}

/** A refusal as the house sends it. */
export function problem(status: number, code: string) {
  return { title: 'Refused', status, code, detail: `refused: ${code}`, requestId: 'request-7' }
}

function refuse(res: ServerResponse, status: number, code: string): void {
  res.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`)
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

async function readAll(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function listen(server: Server): Promise<string> {
  // A connection that is let go of in the moment of the next request looks like a fault that nobody has scripted.
  server.keepAliveTimeout = 0
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  )
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
