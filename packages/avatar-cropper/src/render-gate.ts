/**
 * Lets a few pictures be worked on at once; the others wait in line.
 *
 * A decoded picture takes hundreds of megabytes, so that it is memory, not patience, that a burst of crops would end.
 */
export class RenderGate {
  readonly #waiting: (() => void)[] = []
  #free: number

  /** @param atOnce From 1. */
  constructor(atOnce: number) {
    this.#free = atOnce
  }

  /** Rejects with the signal's reason where it is aborted before its turn. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal)
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(enter)
    })
  }

  /** Hands the place on without freeing it, so that nobody gets in between. */
  #next(): void {
    const enter = this.#waiting.shift()
    if (enter) enter()
    else this.#free++
  }
}
