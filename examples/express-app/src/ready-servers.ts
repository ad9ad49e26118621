import { request } from 'node:http'

/** The servers behind a balancer, and which of them want requests. */
export class ReadyServers {
  readonly #servers: readonly string[]
  readonly #unready = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #turn = 0

  constructor(servers: readonly string[]) {
    this.#servers = servers
  }

  /**
   * Whom to try, one after the other: those that are ready take turns in being the first. The others come last, as one
   * that is not ready is better than none: it knows why it is not.
   */
  nextTurn(): readonly string[] {
    const ready = this.#servers.filter((server) => !this.#unready.has(server))
    const first = ready.length === 0 ? 0 : this.#turn % ready.length
    this.#turn += 1
    const others = this.#servers.filter((server) => this.#unready.has(server))
    return [...ready.slice(first), ...ready.slice(0, first), ...others]
  }

  /** Asks each server again and again, until `stopWatching`. */
  watch(path: string, eachMs: number): void {
    for (const server of this.#servers) {
      const timer = setInterval(() => this.#ask(server, path, eachMs), eachMs)
      this.#timers.add(timer.unref())
    }
  }

  stopWatching(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers.clear()
  }

  /**
   * Only a server that says so itself is not ready. One that is dead is passed over when it refuses a request, and one
   * that is too busy to say anything would make the others as busy.
   */
  #ask(server: string, path: string, patienceInMs: number): void {
    const asked = request(`${server}${path}`, { signal: AbortSignal.timeout(patienceInMs), agent: false }, (answer) => {
      answer.resume()
      if (answer.statusCode === 503) this.#unready.add(server)
      else this.#unready.delete(server)
    })
    // Nobody listens there: whoever listens next is a new server.
    asked.on('error', () => this.#unready.delete(server))
    asked.end()
  }
}
