import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type Message = Readonly<Record<string, unknown>>

/** A child process that tells in lines of JSON what it did; what it told so far, and how it ended. */
export class Worker {
  readonly messages: Message[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  #errors = ''

  constructor(script: URL, args: readonly string[], onMessage: (message: Message) => void = () => {}) {
    const child = spawn(process.execPath, [fileURLToPath(script), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString()
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as Message
      this.messages.push(message)
      onMessage(message)
    })
    this.#child = child
    this.#ended = once(child, 'close').then(([code]) => code as number | null)
  }

  /** Resolves when the process came to its end, or was killed. */
  async ended(): Promise<void> {
    const code = await this.#ended
    if (code !== 0 && code !== null) throw new Error(`a worker failed: ${this.#errors}`)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  goOn(): void {
    this.#child.kill('SIGCONT')
  }
}
