/** How slowly a client may send. */
export interface Pace {
  /** Length of the windows in which bytes are counted, in seconds. */
  readonly stallSeconds: number
  /** Bytes per second that each window must bring, on average. */
  readonly minBytesPerSecond: number
}

/**
 * Notices a client that sends next to nothing, to hold a connection (Slowloris) or because it hangs.
 *
 * Windows in which this side did not read are not held against the client.
 */
export class PaceWatch {
  readonly #pace: Pace
  readonly #timer: NodeJS.Timeout
  #bytes = 0
  #excused = false

  /**
   * @param isWaiting True while this side is not reading.
   * @param onStall   Called once.
   */
  constructor(pace: Pace, isWaiting: () => boolean, onStall: () => void) {
    this.#pace = pace
    this.#timer = setInterval(() => {
      if (this.#isTooSlow(isWaiting())) {
        this.stop()
        onStall()
      }
    }, pace.stallSeconds * 1000)
    this.#timer.unref()
  }

  saw(bytes: number): void {
    this.#bytes += bytes
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #isTooSlow(waiting: boolean): boolean {
    const { stallSeconds, minBytesPerSecond } = this.#pace
    const slow = this.#bytes < Math.max(1, stallSeconds * minBytesPerSecond)
    const excused = this.#excused || waiting
    this.#bytes = 0
    this.#excused = waiting
    return slow && !excused
  }
}
