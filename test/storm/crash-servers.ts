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

interface Answer extends StepOutcome {
  readonly call: number
  readonly error?: string
}

const SERVER = fileURLToPath(new URL('crash-server.mjs', import.meta.url))

/** The process ended before it answered. */
export class ServerEnded extends Error {
  constructor(readonly how: string) {
    super(`the server ended (${how}) before it answered`)
  }
}

/** One process, which does as many steps at a time as it is told. */
export class CrashServer {
  readonly #child: ChildProcess
  readonly #ended: Promise<never>
  readonly #ready: Promise<unknown>
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #calls = 0

  constructor(env: Readonly<Record<string, string>>) {
    const { PATH } = process.env
    this.#child = fork(SERVER, [], {
      env: { PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
    })
    this.#ended = once(this.#child, 'exit').then(([code, signal]) => {
      throw new ServerEnded(signal ?? `exit code ${code}`)
    })
    // Told to whoever waits for something.
    this.#ended.catch(() => {})
    this.#ready = once(this.#child, 'message')
    this.#child.on('message', (message) => {
      const answer = message as Answer
      this.#waiting.get(answer.call)?.(answer)
      this.#waiting.delete(answer.call)
    })
  }

  /** Resolves once its program is loaded. */
  async ready(): Promise<this> {
    await Promise.race([this.#ready, this.#ended])
    return this
  }

  /**
   * Rejects where the step does.
   *
   * @throws ServerEnded where the server does, before it answers
   */
  async run(url: string, { step, args }: StepCall, crash?: CrashPoint): Promise<StepOutcome> {
    const call = this.#calls++
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(call, resolve))
    // Whether it is still there shows in how it ends.
    this.#child.send({ call, url, step, args, crash }, () => {})
    const answer = await Promise.race([answered, this.#ended])
    if (answer.error !== undefined) throw new Error(`${step}: ${answer.error}`)
    return answer
  }

  /** Rejects where the server answers, or ends otherwise than by SIGKILL. */
  async runToCrash(url: string, call: StepCall, crash: CrashPoint): Promise<void> {
    const came = await this.run(url, call, crash).then(
      (outcome) => `the answer ${JSON.stringify(outcome)}`,
      (error) => (error instanceof ServerEnded ? error.how : String(error)),
    )
    if (came !== 'SIGKILL') throw new Error(`expected the server to die by SIGKILL; came ${came}`)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended.catch(() => {})
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
