import { pause } from '../upload-direct/patience.js'
import { type Problem, ProblemError } from './problem.js'
import type { Trouble } from './trouble.js'

/** Nobody sits in front of a page for longer; then the person decides. */
const MAX_WAIT_SECONDS = 60
const MAX_WAITS = 8
/** Where a server has too much to do, and does not say for how long. */
const USUAL_WAIT_SECONDS = 5

/** Waits where servers have too much to do (`overloaded`), for as long as they say, and tells the person of waits. */
export class BusyServers {
  readonly #trouble: Pick<Trouble, 'wait' | 'goOn'>
  #waiting: AbortSignal | undefined

  constructor(trouble: Pick<Trouble, 'wait' | 'goOn'>) {
    this.#trouble = trouble
  }

  /** Whether a step waits, and no server is at work for it. */
  get areWaitedFor(): boolean {
    return this.#waiting?.aborted === false
  }

  /** Tells of what waits by itself, as direct uploads do; undefined when it goes on. */
  tell(problem: Problem | undefined): void {
    if (problem?.code === 'overloaded' || problem?.code === 'offline') this.#trouble.wait(problem)
    else this.#trouble.goOn()
  }

  /**
   * Asks until a server has room.
   *
   * @throws What asking throws, also `overloaded` where that lasts; the signal's reason
   */
  async ask<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    for (let waits = 0; ; waits += 1) {
      try {
        return await request()
      } catch (error) {
        if (!(error instanceof ProblemError) || error.problem.code !== 'overloaded' || waits === MAX_WAITS) throw error
        // At once, or a time that has passed, says nothing either: nobody is to be asked again and again.
        const seconds = error.problem.retryAfterSeconds || USUAL_WAIT_SECONDS
        if (seconds > MAX_WAIT_SECONDS) throw error
        this.#trouble.wait({ ...error.problem, retryAfterSeconds: seconds })
        this.#waiting = signal
        await pause(seconds, signal)
        this.#waiting = undefined
        this.#trouble.goOn()
      }
    }
  }
}
