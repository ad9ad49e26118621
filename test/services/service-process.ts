import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { debianBinary } from './debian-binary.js'

const STOP_MILLISECONDS = 10_000
/** For a busy machine; on a quiet one tools take a second. */
const TOOL_MILLISECONDS = 180_000

/** A daemon that this process started, and that ends with it. */
export interface ServiceProcess {
  readonly pid: number
  /** What ended it, once something did. */
  readonly ended: () => string | undefined
  /** Asks it to end, insists after ten seconds, and resolves once it is gone. */
  readonly stop: () => Promise<void>
  /** Ends it at once, as a crash would. */
  readonly kill: () => Promise<void>
  readonly logTail: () => string
}

/**
 * Starts a daemon in a process group of its own, with its output in `logFile`.
 *
 * The kernel ends it when this process dies, even by SIGKILL: nothing is left running after a crashed test run.
 */
export function startProcess(command: string, args: readonly string[], logFile: string): ServiceProcess {
  const log = openSync(logFile, 'a')
  const child = spawn(debianBinary('setpriv'), ['--pdeathsig', 'KILL', '--', debianBinary(command), ...args], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} could not be started`)
  const killNow = (): void => signalGroup(child, 'SIGKILL')
  process.once('exit', killNow)
  child.once('exit', () => process.off('exit', killNow))
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (hasEnded(child)) return
    const gone = once(child, 'exit')
    signalGroup(child, signal)
    const insist = setTimeout(killNow, STOP_MILLISECONDS)
    await gone
    clearTimeout(insist)
  }
  return {
    pid,
    ended: () => (hasEnded(child) ? `${command} ended with ${child.signalCode ?? child.exitCode}` : undefined),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    logTail: () => tail(logFile),
  }
}

export interface ToolOptions {
  /** Its whole environment. Default: that of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end and gives what it printed. A failure shows what it complained about. */
export async function runTool(command: string, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  const file = debianBinary(command)
  return new Promise((resolve, reject) => {
    execFile(file, args, { ...options, timeout: TOOL_MILLISECONDS, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const shown = lastLines(stderr || stdout)
      reject(new Error(`${command} ${args[0] ?? ''} failed (${error.signal ?? error.code}):\n${shown}`))
    })
  })
}

/** Asks again and again until `check` does not throw; fails with its last complaint and the daemon's log. */
export async function waitUntil(
  subject: string,
  check: () => Promise<void>,
  options: { readonly withinSeconds: number; readonly process?: ServiceProcess },
): Promise<void> {
  const deadline = performance.now() + options.withinSeconds * 1000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      const ended = options.process?.ended()
      if (ended === undefined && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        continue
      }
      const why = ended ?? `not ready within ${options.withinSeconds} s`
      throw new Error(`${subject}: ${why}; last: ${String(error)}\n${options.process?.logTail() ?? ''}`)
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || hasEnded(child)) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function tail(file: string): string {
  return lastLines(readFileSync(file, 'utf8'))
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-25).join('\n')
}
