import type { UploadProgress } from './upload-options.js'

/** Adds up what parts report, so that the sum never falls although parts are sent again. */
export class ProgressCount {
  readonly #totalBytes: number
  readonly #onProgress: ((progress: UploadProgress) => void) | undefined
  readonly #left = new Map<number, number>()
  #arrivedBytes = 0
  #toldBytes = -1

  constructor(totalBytes: number, onProgress: ((progress: UploadProgress) => void) | undefined) {
    this.#totalBytes = totalBytes
    this.#onProgress = onProgress
  }

  /** A part is on its way: this many of its bytes have left. */
  left(partNumber: number, bytes: number): void {
    this.#left.set(partNumber, bytes)
    this.#tell()
  }

  /** The bucket has the part. */
  arrived(partNumber: number, bytes: number): void {
    this.#left.delete(partNumber)
    this.#arrivedBytes += bytes
    this.#tell()
  }

  /** Everything has arrived, however much of it was seen. */
  complete(): void {
    this.#arrivedBytes = this.#totalBytes
    this.#tell()
  }

  #tell(): void {
    const total = this.#totalBytes
    const left = [...this.#left.values()].reduce((sum, bytes) => sum + bytes, this.#arrivedBytes)
    const sentBytes = this.#arrivedBytes >= total ? total : Math.min(Math.round(left), total - 1)
    if (sentBytes <= this.#toldBytes) return
    this.#toldBytes = sentBytes
    this.#onProgress?.({ sentBytes, totalBytes: total })
  }
}
