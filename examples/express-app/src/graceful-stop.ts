import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Health } from './health.js'

/** What is still running then is cut off, so that the process ends within 20 seconds of being asked to. */
const LONGEST_IN_MS = 18_000
const LOOK_FOR_IDLE_EACH_MS = 50

/**
 * Ends a server so that nobody notices: it says that it is not ready, goes on taking requests until whoever sends them
 * has heard, then stops listening, and finishes what is running.
 */
export class GracefulStop {
  readonly #server: Server
  readonly #health: Health
  readonly #afterwards: () => Promise<void>
  readonly #noticeIsOver = new AbortController()
  readonly #unanswered = new Set<ServerResponse>()
  #stopped: Promise<void> | undefined

  /** @param afterwards What is to be closed when no request is running any more. */
  constructor(server: Server, health: Health, afterwards: () => Promise<void>) {
    this.#server = server
    this.#health = health
    this.#afterwards = afterwards
    server.prependListener('request', (_req, res) => {
      this.#unanswered.add(res)
      res.once('close', () => this.#unanswered.delete(res))
      if (this.#stopped !== undefined) endConnectionAfter(res)
    })
  }

  /**
   * Resolves when every request has ended, and all is closed. Called again, it may only shorten the notice.
   *
   * @param noticeInSeconds How long others need to hear that this server is not ready; 0 where nobody sends any more.
   */
  stop(noticeInSeconds: number): Promise<void> {
    if (noticeInSeconds === 0) this.#noticeIsOver.abort()
    this.#stopped ??= this.#stop(noticeInSeconds * 1000)
    return this.#stopped
  }

  async #stop(noticeInMs: number): Promise<void> {
    const server = this.#server
    this.#health.drain()
    for (const res of this.#unanswered) endConnectionAfter(res)
    const deadline = setTimeout(() => {
      this.#noticeIsOver.abort()
      server.closeAllConnections()
    }, LONGEST_IN_MS)
    const { signal } = this.#noticeIsOver
    await sleep(noticeInMs, undefined, { signal }).catch(() => {})
    const closed = once(server, 'close')
    server.close()
    // A connection that was busy when the server stopped listening is idle after its answer, and would be kept.
    const idle = setInterval(() => server.closeIdleConnections(), LOOK_FOR_IDLE_EACH_MS)
    await closed
    clearInterval(idle)
    clearTimeout(deadline)
    await this.#afterwards()
  }
}

/** Whoever gets this answer sends the next request on another connection, and so to another server before long. */
function endConnectionAfter(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('connection', 'close')
}
