import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../services/free-port.js'

export type Environment = Readonly<Record<string, string>>

/** One process of the example application. */
export interface AppServer {
  readonly name: string
  readonly origin: string
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  /** Starts it again, at the same address. */
  restart(): Promise<void>
  /** Undefined while it does not run. */
  readonly pid: number | undefined
  /** How it ended after it had been ready, each time that nobody had killed it. */
  readonly ownEnds: readonly string[]
  /** What a module that `execArgv` loaded answers to a message. */
  ask(question: string): Promise<unknown>
}

/** Anything that sends every request to the next of some ports. */
export interface Balancer {
  readonly origin: string
  stop(): Promise<void>
}

export interface FleetOptions {
  readonly servers?: number
  readonly balance: (ports: readonly number[]) => Promise<Balancer>
  /** Environment of the servers, once the address of the balancer is known. */
  readonly env: (balancerOrigin: string) => Environment
  /** Options of the servers' Node. */
  readonly execArgv?: readonly string[]
}

/** Secrets that servers share: the first signs, both are accepted. */
export const SECRETS = [
  'a-secret-of-these-tests-that-is-long-enough',
  'an-older-secret-that-is-still-being-accepted',
] as const

const SERVER_MODULE = createRequire(import.meta.url).resolve('../../examples/express-app/dist/server.js')

/** Server processes behind a balancer, which share nothing but secrets and the address of a bucket. */
export class Fleet {
  readonly servers: readonly AppServer[]
  readonly origin: string
  readonly #balancer: Balancer
  readonly #directory: string

  private constructor(servers: readonly AppServer[], balancer: Balancer, directory: string) {
    this.servers = servers
    this.origin = balancer.origin
    this.#balancer = balancer
    this.#directory = directory
  }

  static async start({ servers: count = 3, balance, env, execArgv = [] }: FleetOptions): Promise<Fleet> {
    const directory = await mkdtemp(join(tmpdir(), 'brigade-servers-'))
    const ports = await Promise.all(Array.from({ length: count }, freePort))
    const balancer = await balance(ports)
    const environment = env(balancer.origin)
    const servers = ports.map(
      (port, index) => new ServerProcess(`server-${index + 1}`, port, environment, directory, execArgv),
    )
    await Promise.all(servers.map((server) => server.restart()))
    return new Fleet(servers, balancer, directory)
  }

  server(index: number): AppServer {
    const server = this.servers[index]
    if (!server) throw new Error(`there is no server ${index} among ${this.servers.length}`)
    return server
  }

  /** What the servers left in the folder that they run in. */
  async leftovers(): Promise<string[]> {
    return readdir(this.#directory, { recursive: true })
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()))
    await this.#balancer.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

class ServerProcess implements AppServer {
  readonly origin: string
  readonly ownEnds: string[] = []
  #child: ChildProcess | undefined

  constructor(
    readonly name: string,
    readonly port: number,
    readonly env: Environment,
    readonly directory: string,
    readonly execArgv: readonly string[],
  ) {
    this.origin = `http://127.0.0.1:${port}`
  }

  get pid(): number | undefined {
    return this.#child?.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined
  }

  async ask(question: string): Promise<unknown> {
    const child = this.#child
    if (!child || this.pid === undefined) throw new Error(`${this.name} does not run`)
    child.send(question)
    const [answer] = await once(child, 'message')
    return answer
  }

  async restart(): Promise<void> {
    await this.kill()
    const child = fork(SERVER_MODULE, [], {
      cwd: this.directory,
      execArgv: [...this.execArgv],
      env: {
        PATH: process.env.PATH,
        TMPDIR: this.directory,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        BRIGADE_SECRETS: SECRETS.join(','),
        LOG: 'off',
        // A machine that stands still for a while makes nobody's picture too late.
        RENDER_WAIT_SECONDS: '50',
        ...this.env,
        SERVER_NAME: this.name,
        SERVER_PORT: String(this.port),
      },
    })
    this.#child = child
    let wasReady = false
    child.once('exit', (code, signal) => {
      if (wasReady && signal !== 'SIGKILL')
        this.ownEnds.push(`${this.name} ended with ${signal ?? `exit code ${code}`}`)
    })
    const ended = once(child, 'exit').then(() => [{ state: 'failed', reason: 'it ended' }])
    const [report] = (await Promise.race([once(child, 'message'), ended])) as [{ state: string; reason?: string }]
    if (report.state !== 'ready') throw new Error(`${this.name} did not start: ${report.reason}`)
    wasReady = true
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}
