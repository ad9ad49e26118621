/**
 * Lets a few pictures be worked on at once; the others wait in line, and people take turns.
 *
 * A decoded picture takes hundreds of megabytes, so that it is memory, not patience, that a burst of crops would end.
 * Whoever sends many waits for them alone: after each one it is somebody else's turn.
 */
export class RenderGate {
  /** The works of each person that wait, in the order of the persons' turns. */
  readonly #lines = new Map<string, (() => void)[]>()
  #free: number

  /** @param atOnce From 1. */
  constructor(atOnce: number) {
    this.#free = atOnce
  }

  /** Rejects with the signal's reason where it is aborted before its turn. */
  async run<T>(user: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(user, signal)
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  #turn(user: string, signal: AbortSignal | undefined): Promise<void> {
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
        const line = this.#lines.get(user) ?? []
        line.splice(line.indexOf(enter), 1)
        if (line.length === 0) this.#lines.delete(user)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      const line = this.#lines.get(user)
      if (line) line.push(enter)
      else this.#lines.set(user, [enter])
    })
  }

  /** Hands the place on without freeing it, so that nobody gets in between. */
  #next(): void {
    const [first] = this.#lines
    if (first === undefined) {
      this.#free++
      return
    }
    const [user, line] = first
    const enter = line.shift()
    this.#lines.delete(user)
    if (line.length > 0) this.#lines.set(user, line)
    enter?.()
  }
}
