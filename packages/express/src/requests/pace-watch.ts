/** How slowly a client may send. */
export interface Pace {
  /** Length of the windows in which bytes are counted, in seconds. */
  readonly stallSeconds: number
  /** Bytes per second that each window must bring, on average. */
  readonly minBytesPerSecond: number
}

/** A window that took longer than this many of its lengths: the process, or the whole machine, stood still. */
const LATE = 1.5

/**
 * Notices a client that sends next to nothing, to hold a connection (Slowloris) or because it hangs.
 *
 * Windows in which this side did not read are not held against the client: because it did not want to, or because it
 * stood still itself.
 */
export class PaceWatch {
  readonly #pace: Pace
  readonly #isWaiting: () => boolean
  readonly #onStall: () => void
  readonly #timer: NodeJS.Timeout
  #reading: NodeJS.Immediate | undefined
  #windowBegan = performance.now()
  #bytes = 0
  #excused = false

  /**
   * @param isWaiting True while this side is not reading.
   * @param onStall   Called once.
   */
  constructor(pace: Pace, isWaiting: () => boolean, onStall: () => void) {
    this.#pace = pace
    this.#isWaiting = isWaiting
    this.#onStall = onStall
    // What lies at the socket by now is read first: after a pause, timers are called before it.
    this.#timer = setInterval(() => {
      this.#reading = setImmediate(() => this.#endWindow())
    }, pace.stallSeconds * 1000)
    this.#timer.unref()
  }

  saw(bytes: number): void {
    this.#bytes += bytes
  }

  stop(): void {
    clearInterval(this.#timer)
    clearImmediate(this.#reading)
  }

  #endWindow(): void {
    const { stallSeconds, minBytesPerSecond } = this.#pace
    const now = performance.now()
    const waiting = this.#isWaiting()
    const excused = this.#excused || waiting || now - this.#windowBegan > LATE * stallSeconds * 1000
    const slow = this.#bytes < Math.max(1, stallSeconds * minBytesPerSecond)
    this.#bytes = 0
    this.#excused = waiting
    this.#windowBegan = now
    if (!slow || excused) return
    this.stop()
    this.#onStall()
  }
}
