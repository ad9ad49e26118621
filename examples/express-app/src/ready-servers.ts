import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server asks its bucket before it answers, which may take a while where the bucket is away. */
const PATIENCE_IN_MS = 10_000

/** The servers behind a balancer, and which of them want requests. */
export class ReadyServers {
  readonly #servers: readonly string[]
  readonly #unready = new Set<string>()
  #isWatching = false
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

  /**
   * Asks each server again and again, until `stopWatching`.
   *
   * Only one that says so itself is not ready, until it says otherwise. One that is dead is passed over when it refuses a
   * request, and one that is too busy to say anything would make the others as busy.
   *
   * @param pauseInMs Between an answer and the next question.
   */
  watch(path: string, pauseInMs: number): void {
    this.#isWatching = true
    for (const server of this.#servers) void this.#watch(server, path, pauseInMs)
  }

  stopWatching(): void {
    this.#isWatching = false
  }

  async #watch(server: string, path: string, pauseInMs: number): Promise<void> {
    for (;;) {
      await sleep(pauseInMs, undefined, { ref: false })
      if (!this.#isWatching) return
      const word = await wordOf(`${server}${path}`)
      if (word === 'not ready') this.#unready.add(server)
      // Where nobody listens, whoever listens next is a new server.
      else if (word !== 'nothing yet') this.#unready.delete(server)
    }
  }
}

async function wordOf(address: string): Promise<'ready' | 'not ready' | 'nobody listens' | 'nothing yet'> {
  const asked = request(address, { signal: AbortSignal.timeout(PATIENCE_IN_MS), agent: false })
  // Nobody waits for the answer when all else is over.
  asked.once('socket', (socket) => socket.unref())
  try {
    const [answer]: IncomingMessage[] = await once(asked.end(), 'response')
    answer?.resume()
    return answer?.statusCode === 503 ? 'not ready' : 'ready'
  } catch (error) {
    return error instanceof Error && error.name === 'AbortError' ? 'nothing yet' : 'nobody listens'
  }
}
