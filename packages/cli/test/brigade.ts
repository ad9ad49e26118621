import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { runBrigade, type Surroundings } from '../src/index.js'

/** What a command said and did. */
export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Lines of standard output. */
  readonly lines: readonly string[]
  /** Lines of standard output as JSON. */
  readonly json: readonly Record<string, unknown>[]
}

export interface Given extends Partial<Pick<Surroundings, 'env' | 'stdin' | 'signal' | 'fetch'>> {
  /** Both outputs are terminals. */
  readonly terminal?: 'terminal'
  /** Width of both, in characters. */
  readonly columns?: number
  /** Told of what comes to standard output, as it comes. */
  readonly onOutput?: (text: string) => void
}

/** A pipe or a terminal that keeps what is printed. */
export class Collector extends EventEmitter {
  readonly #chunks: Buffer[] = []

  constructor(
    readonly isTTY: boolean,
    readonly columns: number | undefined,
    readonly onOutput: (text: string) => void = () => undefined,
  ) {
    super()
  }

  write(text: string | Uint8Array): boolean {
    this.#chunks.push(Buffer.from(text))
    this.onOutput(String(text))
    // As a slow terminal: the next chunk is asked for by an event.
    setImmediate(() => this.emit('drain'))
    return false
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString()
  }
}

/** Runs a command in this process, as a shell would. */
export async function brigade(args: readonly string[], given: Given = {}): Promise<Said> {
  const isTerminal = given.terminal !== undefined
  const { columns, env = {}, stdin = Readable.from([]), signal } = given
  const [stdout, stderr] = [new Collector(isTerminal, columns, given.onOutput), new Collector(isTerminal, columns)]
  const code = await runBrigade(args, { env, stdin, stdout, stderr, fetch: given.fetch ?? fetch, signal })
  const lines = stdout.text.split('\n').filter((line) => line !== '')
  return {
    code,
    stdout: stdout.text,
    stderr: stderr.text,
    lines,
    get json(): readonly Record<string, unknown>[] {
      return lines.map((line): Record<string, unknown> => JSON.parse(line))
    },
  }
}

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'brigade-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A bucket on disk that commands find in their environment. */
export async function diskBucket(): Promise<{ readonly folder: string; readonly env: Record<string, string> }> {
  const folder = await temporaryFolder()
  return { folder, env: { BUCKET_URL: `file:${folder}/data?bucket=avatars` } }
}
