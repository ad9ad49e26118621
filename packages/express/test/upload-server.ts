import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type FormFile, type FormOptions, type ReceivedForm, receiveForm, sendProblem } from '../src/index.js'

export interface StoredFile {
  readonly bytes: Buffer
  readonly filename: string
  readonly declaredType: string
  readonly length: number | undefined
}

type OnFile = (file: FormFile, fields: ReadonlyMap<string, string>) => Promise<unknown>

/** A server of one route that keeps what was received, as an application would. */
export class UploadServer {
  /** Files whose stream ended, which is when a store keeps them. */
  readonly stored: StoredFile[] = []
  readonly outcomes: (ReceivedForm<unknown> | Error)[] = []
  /** Requests whose headers have arrived. */
  requests = 0
  /** The last of them. */
  request: IncomingMessage | undefined
  /** Names of the events that something listened to on the last request, before and after. */
  firstListeners: readonly unknown[] = []
  leftListeners: readonly unknown[] = []
  /** Whether the last request was read to its end when `receiveForm` was done with it. */
  wasReadToEnd = false
  onFile: OnFile = (file) => this.store(file)
  /** Which request something is done for, as loggers and tracers of applications know it. */
  readonly current = new AsyncLocalStorage<number>()
  readonly #server: Server
  readonly #options: FormOptions

  constructor(options: FormOptions) {
    this.#options = options
    // A machine that stands still for longer would close connections that clients are about to use.
    this.#server = createServer({ keepAliveTimeout: 0 }, (req, res) => {
      const received = this.current.run(this.requests + 1, () => this.#receive(req))
      received.then(
        (form) => res.end(JSON.stringify(Object.fromEntries(form.fields))),
        (error) => sendProblem(req, res, error, options),
      )
    })
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async store(file: FormFile): Promise<void> {
    const { filename, declaredType, length, stream } = file
    this.stored.push({ bytes: await buffer(stream), filename, declaredType, length })
  }

  async connect(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }

  /** Resolves once the headers of a request have arrived. */
  async requested(): Promise<void> {
    while (this.requests === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  }

  /** Resolves once so many bytes were read of the last request's connection, the request's head included. */
  async received(bytes: number): Promise<void> {
    const count = () => this.request?.socket.bytesRead ?? 0
    while (count() < bytes) await new Promise((resolve) => setTimeout(resolve, 2))
  }

  /** Resolves with the next outcome of `receiveForm`. */
  async outcome(): Promise<ReceivedForm<unknown> | Error> {
    const seen = this.outcomes.length
    while (this.outcomes.length === seen) await new Promise((resolve) => setTimeout(resolve, 2))
    return this.outcomes.at(-1) as ReceivedForm<unknown> | Error
  }

  async #receive(req: IncomingMessage): Promise<ReceivedForm<unknown>> {
    this.requests += 1
    this.request = req
    this.firstListeners = listenersOf(req)
    try {
      const form = await receiveForm(req, this.#options, (file, fields) => this.onFile(file, fields))
      this.leftListeners = listenersOf(req)
      this.wasReadToEnd = req.readableEnded
      this.outcomes.push(form)
      return form
    } catch (error) {
      this.leftListeners = listenersOf(req)
      this.wasReadToEnd = req.readableEnded
      this.outcomes.push(error as Error)
      throw error
    }
  }
}

function listenersOf(req: IncomingMessage): readonly unknown[] {
  return req.eventNames().flatMap((name) => req.listeners(name).map((listener) => [name, listener]))
}

export interface RawAnswer {
  readonly status: number
  readonly headers: string
  readonly body: string
}

/** Sends the chunks one by one, each in a write of its own, and reads the answer. */
export async function sendRaw(
  server: UploadServer,
  chunks: readonly Uint8Array[],
  headers: Readonly<Record<string, string>>,
): Promise<RawAnswer> {
  const socket = await server.connect()
  socket.setNoDelay(true)
  const answer = readAnswer(socket)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines.join('')}\r\n`)
  for (const chunk of chunks) {
    if (socket.destroyed) break
    socket.write(chunk)
    if (chunks.length > 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return answer
}

export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // An answer may come before all was sent; that the rest could not be is no failure of the answer.
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('close', resolve))
  const text = Buffer.concat(chunks).toString()
  const [headers = '', body = ''] = text.split('\r\n\r\n', 2)
  return { status: Number(headers.split(' ')[1]), headers, body }
}
