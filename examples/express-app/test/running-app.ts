import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePorts } from '../../../test/services/free-port.js'

const START = fileURLToPath(new URL('../dist/start.js', import.meta.url))
const SERVERS = 3

/** The example as `npm start` runs it, with a bucket in a folder of its own. */
export interface RunningApp {
  readonly origin: string
  readonly bucketDirectory: string
  /** Process ids of the servers that run now. */
  serverPids(): Promise<number[]>
  /** Ends everything, as Ctrl-C does. Resolves with the exit code. */
  stop(): Promise<number | null>
}

/** @param env Further variables, such as another bucket and its credentials. */
export async function startApp(env: Readonly<Record<string, string>> = {}): Promise<RunningApp> {
  const bucketDirectory = await mkdtemp(join(tmpdir(), 'brigade-bucket-'))
  const port = await freePorts(SERVERS + 1)
  const child = spawn(process.execPath, [START], {
    cwd: bucketDirectory,
    env: {
      PATH: process.env.PATH,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      BUCKET_URL: `file:${bucketDirectory}/data`,
      PORT: String(port),
      SERVERS: String(SERVERS),
      LOG: 'off',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const origin = await announcedAddress(child)
  return {
    origin,
    bucketDirectory,
    serverPids: () => childrenOf(child.pid),
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      const [code] = await ended
      await rm(bucketDirectory, { recursive: true, force: true })
      return code
    },
  }
}

async function announcedAddress(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('expected the standard output of the application')
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /https?:\/\/\S+/.exec(line)?.[0]
    if (address !== undefined) return address
  }
  throw new Error('the application ended before it said its address')
}

export async function childrenOf(pid: number | undefined): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', String(pid)])
  return stdout.split('\n').filter(Boolean).map(Number)
}
