import type { Readable } from 'node:stream'

/** Where a command prints: what it needs of `process.stdout`. */
export interface Printer {
  /** False where the reader is behind: wait for `drain`. */
  write(text: string | Uint8Array): boolean
  /** Tells of `drain`, of an end, or of an error, the next time. */
  once(event: 'drain' | 'close' | 'error', listener: (error?: Error) => void): unknown
  /** Takes a listener back. */
  off(event: 'drain' | 'close' | 'error', listener: (error?: Error) => void): unknown
  readonly isTTY?: boolean | undefined
  /** Width of the terminal in characters. */
  readonly columns?: number | undefined
}

/** Where a command reads: what it needs of `process.stdin`. */
export type Reader = Readable & { readonly isTTY?: boolean | undefined }

/** What a command takes from the process that runs it. */
export interface Surroundings {
  /** Variables, as in `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Reader
  readonly stdout: Printer
  readonly stderr: Printer
  /** Tries addresses as a browser would. */
  readonly fetch: typeof fetch
  /** Ends the command: what is under way is given up, nothing is left half done. */
  readonly signal?: AbortSignal | undefined
}
