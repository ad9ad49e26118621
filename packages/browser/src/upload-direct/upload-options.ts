/** How far an upload is. */
export interface UploadProgress {
  /** Bytes of the file on their way or arrived. Never falls; equals `totalBytes` only when all have arrived. */
  readonly sentBytes: number
  /** The file's size. */
  readonly totalBytes: number
}

/** Why nothing is sent for a while. */
export interface UploadWait {
  /** As in a `DirectUploadError`: `offline`, or what a server has said, such as `overloaded`. */
  readonly code: string
  /** At most; less where the network is back. */
  readonly seconds: number
}

/** What remembers uploads across reloads: `localStorage` or `sessionStorage`, or anything of that shape. */
export interface ResumeStorage {
  /** What was kept there; null where nothing was. */
  getItem(key: string): string | null
  /** Keeps a few hundred bytes, in place of what was there. */
  setItem(key: string, value: string): void
  /** Forgets it. */
  removeItem(key: string): void
}

/** How `uploadDirect` goes about it. Only `endpoint` is required. */
export interface UploadDirectOptions {
  /** Where the application answers, such as `/uploads`; the steps are below it (`/uploads/complete`). */
  readonly endpoint: string
  /** Told as bytes leave. Where there is no XMLHttpRequest (service workers, Node), told after each part only. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined
  /** Told before a request is tried again, and with undefined when that wait is over. Parts wait each for itself. */
  readonly onWait?: ((wait: UploadWait | undefined) => void) | undefined
  /** Ends the upload: requests are cancelled, the server is told to remove what has arrived. */
  readonly signal?: AbortSignal | undefined
  /**
   * Remembers the upload, so that a later call with the same `File` goes on, after a reload too. What it cannot hold is
   * not resumed; that fails nothing. Where cookies are blocked already the mention of `localStorage` throws: `() =>
   * localStorage` is safe. Default: nothing is remembered.
   */
  readonly resume?: ResumeStorage | (() => ResumeStorage) | undefined
  /** Sent with every call to the application, never to the bucket: `{ 'x-csrf-token': … }`. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Parts on their way at a time, at least 1. Default: 4. */
  readonly parallelParts?: number | undefined
  /** Attempts of one request before the upload fails, at least 1. Waiting for the network is none. Default: 8. */
  readonly maxAttempts?: number | undefined
  /** Wait before the second attempt; it doubles each time, and up to half of it is left off at random. Default: 0.5. */
  readonly firstRetrySeconds?: number | undefined
  /** Longest such wait. Default: 30. */
  readonly maxRetrySeconds?: number | undefined
  /** Longest wait for the network to come back, or that a `Retry-After` may ask for. Default: 600. */
  readonly maxWaitSeconds?: number | undefined
  /** A request that moves no byte for that long counts as lost. Default: 60. */
  readonly stallSeconds?: number | undefined
}

/** The options with their defaults. */
export type UploadSettings = ReturnType<typeof settle>

/** @throws TypeError for a number out of its range */
export function settle(options: UploadDirectOptions) {
  const { parallelParts = 4, maxAttempts = 8 } = options
  const { firstRetrySeconds = 0.5, maxRetrySeconds = 30, maxWaitSeconds = 600, stallSeconds = 60 } = options
  const numbers = { parallelParts, maxAttempts, firstRetrySeconds, maxRetrySeconds, maxWaitSeconds, stallSeconds }
  for (const [name, value] of Object.entries(numbers)) {
    const least = name === 'parallelParts' || name === 'maxAttempts' ? 1 : 0
    if (!(value >= least))
      throw new TypeError(`expected ${name} to be a number of at least ${least}, received ${value}`)
  }
  return { ...options, ...numbers }
}
