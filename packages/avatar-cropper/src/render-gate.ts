import { CropperError } from './errors.js'
import { WaitingLine, type WorkOf } from './waiting-line.js'

const LONGEST_ADVICE_IN_SECONDS = 60
/** How much the last work counts among all before it. */
const WEIGHT_OF_LAST = 0.2

export interface RenderGateOptions {
  /** Works that run at the same time, from 1. */
  readonly atOnce: number
  /** Longest wait for a turn, in seconds. */
  readonly maxWaitSeconds: number
}

/**
 * Lets a few pictures be worked on at once; the others wait in line, and people take turns.
 *
 * A decoded picture takes hundreds of megabytes, so that it is memory, not patience, that a burst of crops would end.
 * Whoever sends many waits for them alone: after each one it is somebody else's turn. Nobody waits for what cannot come in
 * time: where those before need longer than that, by what works took lately, the refusal comes at once.
 */
export class RenderGate {
  readonly #atOnce: number
  readonly #maxWaitMs: number
  readonly #line = new WaitingLine()
  #free: number
  /** How long a work takes lately; undefined before the first has ended. */
  #usualMs: number | undefined

  constructor({ atOnce, maxWaitSeconds }: RenderGateOptions) {
    this.#atOnce = atOnce
    this.#maxWaitMs = maxWaitSeconds * 1000
    this.#free = atOnce
  }

  /**
   * Rejects with the signal's reason where it is aborted before its turn.
   *
   * @throws CropperError `overloaded` where its turn does not come in time, with the seconds after which to come again
   */
  async run<T>(of: WorkOf, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(of, signal)
    const begun = performance.now()
    try {
      const made = await work()
      this.#learn(performance.now() - begun)
      return made
    } finally {
      this.#next()
    }
  }

  /** Of works that were done: what was aborted or refused early says nothing of the others. */
  #learn(tookMs: number): void {
    this.#usualMs = this.#usualMs === undefined ? tookMs : this.#usualMs + (tookMs - this.#usualMs) * WEIGHT_OF_LAST
  }

  #turn(of: WorkOf, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return Promise.resolve()
    }
    if (this.#msFor(this.#line.before(of)) > this.#maxWaitMs) throw this.#overloaded()
    return this.#wait(of, signal)
  }

  #wait(of: WorkOf, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(patience)
        signal?.removeEventListener('abort', goAway)
      }
      const enter = () => {
        settle()
        resolve()
      }
      const leave = (reason: unknown) => {
        settle()
        this.#line.remove(of, enter)
        reject(reason)
      }
      const goAway = () => leave(signal?.reason)
      const patience = setTimeout(() => leave(this.#overloaded()), this.#maxWaitMs)
      signal?.addEventListener('abort', goAway, { once: true })
      this.#line.push(of, enter)
    })
  }

  /** Hands the place on without freeing it, so that nobody gets in between. */
  #next(): void {
    const enter = this.#line.shift()
    if (enter) enter()
    else this.#free++
  }

  /** How long all places together need for so many works; 0 while nobody knows. */
  #msFor(works: number): number {
    return (works * (this.#usualMs ?? 0)) / this.#atOnce
  }

  /** Whoever comes again after as long as those who wait now will take finds room. */
  #overloaded(): CropperError {
    const waiting = this.#line.length
    const expectedMs = this.#usualMs === undefined ? this.#maxWaitMs : this.#msFor(waiting + 1)
    const retryAfterSeconds = Math.min(LONGEST_ADVICE_IN_SECONDS, Math.max(1, Math.ceil(expectedMs / 1000)))
    const message =
      `expected the picture's turn within ${this.#maxWaitMs / 1000} s; the server has too much to do, and ${waiting} ` +
      `pictures wait: try again in ${retryAfterSeconds} s`
    return new CropperError('overloaded', message, { parameters: { retryAfterSeconds } })
  }
}
