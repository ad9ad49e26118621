import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Environment } from './settings.js'

export interface ServerFleetOptions {
  /** The module that a server process runs. It reports a `ServerReport` once. */
  readonly module: string
  /** One server per port. */
  readonly ports: readonly number[]
  readonly env: Environment
  /** Told in words when a server ends and is started again. */
  readonly onRestart?: (message: string) => void
}

/** What a server process tells the one that started it. */
export type ServerReport = { readonly state: 'ready' } | { readonly state: 'failed'; readonly reason: string }

const FIRST_PAUSE_IN_MS = 200
const LONGEST_PAUSE_IN_MS = 5000
/** One that lasted this long was well; the next pause is short again. */
const STEADY_IN_MS = 10_000
/** A server ends within 20 seconds, whatever it is doing. */
const GRACE_IN_MS = 22_000

/** Server processes that are started together, started again when one dies, and stopped together. */
export class ServerFleet {
  readonly #options: ServerFleetOptions
  readonly #running = new Map<number, ChildProcess>()
  readonly #pauses = new Set<NodeJS.Timeout>()
  #stopping = false

  constructor(options: ServerFleetOptions) {
    this.#options = options
  }

  /**
   * Resolves when every server answers.
   *
   * @throws Error with the reason of the first server that cannot start; the others are stopped.
   */
  async start(): Promise<void> {
    try {
      await Promise.all(this.#options.ports.map((_port, index) => this.#launchFirst(index)))
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Lets every server finish what it is doing; one that takes too long is killed. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const pause of this.#pauses) clearTimeout(pause)
    await Promise.all([...this.#running.values()].map(stopProcess))
  }

  /** Process id of a server, counted from 0; undefined while it does not run. */
  pidOf(index: number): number | undefined {
    return this.#running.get(index)?.pid
  }

  async #launchFirst(index: number): Promise<void> {
    try {
      await this.#launch(index, FIRST_PAUSE_IN_MS)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`${serverName(index)}: ${reason}`, { cause: error })
    }
  }

  async #launch(index: number, pauseInMs: number): Promise<void> {
    const startedAt = Date.now()
    const child = fork(this.#options.module, [], {
      env: { ...this.#options.env, SERVER_NAME: serverName(index), SERVER_PORT: String(this.#options.ports[index]) },
    })
    this.#running.set(index, child)
    const report = await reportOf(child)
    if (report.state === 'failed') {
      this.#running.delete(index)
      await stopProcess(child)
      throw new Error(report.reason)
    }
    child.once('exit', (code, signal) => {
      this.#running.delete(index)
      if (this.#stopping) return
      const steady = Date.now() - startedAt > STEADY_IN_MS
      this.#relaunch(index, steady ? FIRST_PAUSE_IN_MS : pauseInMs, signal ?? `exit code ${code}`)
    })
  }

  #relaunch(index: number, pauseInMs: number, reason: string): void {
    this.#options.onRestart?.(`${serverName(index)} ended (${reason}); it is started again`)
    const pause = setTimeout(() => {
      this.#pauses.delete(pause)
      const next = Math.min(pauseInMs * 2, LONGEST_PAUSE_IN_MS)
      this.#launch(index, next).catch((error: Error) => {
        if (!this.#stopping) this.#relaunch(index, next, error.message)
      })
    }, pauseInMs)
    this.#pauses.add(pause)
  }
}

/** `server-1` is the first. */
export function serverName(index: number): string {
  return `server-${index + 1}`
}

async function reportOf(child: ChildProcess): Promise<ServerReport> {
  const waiting = new AbortController()
  const { signal } = waiting
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as ServerReport),
      once(child, 'exit', { signal }).then(([code, killedBy]): ServerReport => {
        return { state: 'failed', reason: `${killedBy ?? `exit code ${code}`} before it was ready` }
      }),
    ])
  } finally {
    waiting.abort()
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  // A server takes it as: nobody sends requests any more. SIGTERM would make it wait for them to go elsewhere.
  if (child.connected) child.disconnect()
  else child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_IN_MS)
  await ended
  clearTimeout(timer)
}
