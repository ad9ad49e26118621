import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A step of the avatar flow: its name among those of crash-server.mjs, and what it is handed. */
export interface StepCall {
  readonly step: string
  readonly args: readonly unknown[]
}

/** Where a server dies: right before, or right after, one request of the step to its bucket, counted from 1. */
export interface CrashPoint {
  readonly when: 'before' | 'after'
  readonly request: number
}

/** What came of a step, and the requests that it took. */
export interface StepOutcome {
  readonly result: unknown
  readonly requests: readonly string[]
}

const SERVER = fileURLToPath(new URL('crash-server.mjs', import.meta.url))

/** One process. It takes one step at a time; others wait in line. */
export class CrashServer {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #exit: string | undefined
  #line: Promise<unknown> = Promise.resolve()

  constructor(env: Readonly<Record<string, string>>) {
    const { PATH } = process.env
    this.#child = fork(SERVER, [], {
      env: { PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
    })
    this.#ended = once(this.#child, 'exit').then(([code, signal]) => {
      this.#exit = signal ?? `exit code ${code}`
    })
  }

  /** Resolves once its program is loaded. */
  async ready(): Promise<this> {
    await this.#answer()
    return this
  }

  /** Rejects where the step does, and where the server ends before it answers. */
  run(url: string, call: StepCall): Promise<StepOutcome> {
    const done = this.#line.then(() => this.#run(url, call))
    this.#line = done.catch(() => {})
    return done
  }

  async #run(url: string, { step, args }: StepCall): Promise<StepOutcome> {
    const answered = this.#answer()
    this.#child.send({ url, step, args })
    const answer = (await answered) as StepOutcome & { readonly error?: string }
    if (answer.error !== undefined) throw new Error(`${step}: ${answer.error}`)
    return answer
  }

  /** Rejects where the server answers, or ends otherwise than by SIGKILL. */
  async runToCrash(url: string, { step, args }: StepCall, crash: CrashPoint): Promise<void> {
    this.#child.send({ url, step, args, crash })
    await this.crashed()
  }

  /** The step is begun, and nobody waits for its answer. */
  begin(url: string, { step, args }: StepCall): void {
    this.#child.send({ url, step, args })
  }

  /** Resolves once it was ended by SIGKILL. Rejects where it answers before. */
  async crashed(): Promise<void> {
    const answered = once(this.#child, 'message').then(([answer]) => `the answer ${JSON.stringify(answer)}`)
    const came = await Promise.race([this.#ended.then(() => this.#exit), answered])
    if (came !== 'SIGKILL') throw new Error(`expected the server to die by SIGKILL; came ${came}`)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async #answer(): Promise<unknown> {
    const answered = once(this.#child, 'message').then(([answer]) => answer)
    const ended = this.#ended.then(() => {
      throw new Error(`the server ended (${this.#exit}) before it answered`)
    })
    return Promise.race([answered, ended])
  }
}

/** Servers that are loaded before they are needed: each is used up by its crash. */
export class WarmServers {
  readonly #env: Readonly<Record<string, string>>
  readonly #warm: Promise<CrashServer>[]
  readonly #started = new Set<CrashServer>()

  constructor(ahead: number, env: Readonly<Record<string, string>> = {}) {
    this.#env = env
    this.#warm = Array.from({ length: ahead }, () => this.#start())
  }

  async take(): Promise<CrashServer> {
    this.#warm.push(this.#start())
    const next = this.#warm.shift()
    return next ?? this.#start()
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#warm)
    await Promise.all([...this.#started].map((server) => server.kill()))
  }

  #start(): Promise<CrashServer> {
    const server = new CrashServer(this.#env)
    this.#started.add(server)
    const ready = server.ready()
    // Whoever takes it hears of a failure.
    ready.catch(() => {})
    return ready
  }
}
