import { Readable } from 'node:stream'

/** What all bodies together may keep. */
export class KeptBytes {
  #free: number

  constructor(maxBytes: number) {
    this.#free = maxBytes
  }

  /** False where so much is not free: then nothing is taken. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#free += bytes
  }
}

/**
 * The body of a request that may have to be sent twice.
 *
 * It passes on what arrives as it arrives, and keeps it, so that another server can get the same bytes when the first
 * one died. A body beyond `maxBytes`, or beyond the memory that is left, is no longer kept: it goes on streaming, but
 * cannot be opened again. Whoever opened it calls `discard` at last, which gives the memory back.
 */
export class RepeatableBody {
  readonly #source: AsyncIterator<Buffer>
  readonly #maxBytes: number
  readonly #memory: KeptBytes
  #chunks: Buffer[] = []
  /** How many chunks were let go before `#chunks[0]`. */
  #letGo = 0
  #keptBytes = 0
  #ended = false
  #pulling: Promise<void> | undefined

  constructor(source: Readable, maxBytes: number, memory = new KeptBytes(maxBytes)) {
    // `destroyOnReturn` would end the person's connection together with the first attempt.
    this.#source = source.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
    this.#maxBytes = maxBytes
    this.#memory = memory
  }

  /** False once a body that is too long to keep has begun to be let go. */
  get repeatable(): boolean {
    return this.#letGo === 0
  }

  /** A stream of the whole body. The one opened before must be destroyed, or have ended. */
  open(): Readable {
    return Readable.from(this.#read(), { objectMode: false })
  }

  /**
   * Reads what is left and lets it go. Whoever is still sending can then see the answer, and use the connection again:
   * an answer may come before the body has.
   */
  async discard(): Promise<void> {
    try {
      while (!this.#ended) {
        this.#letGoOfChunks()
        await this.#pull()
      }
    } finally {
      this.#letGoOfChunks()
    }
  }

  async *#read(): AsyncGenerator<Buffer> {
    for (let index = 0; ; index += 1) {
      while (index >= this.#letGo + this.#chunks.length) {
        if (this.#ended) return
        await this.#pull()
      }
      const chunk = this.#chunks[index - this.#letGo]
      if (chunk === undefined) throw new Error('the body was too long to be kept, so it cannot be sent again')
      yield chunk
    }
  }

  /** One chunk more. Shared, because the reader of a dead attempt may still be waiting for the same one. */
  #pull(): Promise<void> {
    this.#pulling ??= this.#take().finally(() => {
      this.#pulling = undefined
    })
    return this.#pulling
  }

  async #take(): Promise<void> {
    const { done, value } = await this.#source.next()
    if (done) {
      this.#ended = true
      return
    }
    if (!this.#keeps(value.length)) this.#letGoOfChunks()
    this.#chunks.push(value)
  }

  /** Once a part of the body is gone, nobody needs the rest twice. */
  #keeps(bytes: number): boolean {
    if (!this.repeatable || this.#keptBytes + bytes > this.#maxBytes || !this.#memory.take(bytes)) return false
    this.#keptBytes += bytes
    return true
  }

  #letGoOfChunks(): void {
    this.#letGo += this.#chunks.length
    this.#chunks = []
    this.#memory.giveBack(this.#keptBytes)
    this.#keptBytes = 0
  }
}
