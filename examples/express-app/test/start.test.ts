import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { freePorts } from '../../../test/services/free-port.js'
import { childrenOf, startApp } from './running-app.js'

// Four processes start at a time, which a busy machine takes half a minute for.
vi.setConfig({ testTimeout: 180_000 })

const START = fileURLToPath(new URL('../dist/start.js', import.meta.url))

/** What the command says and how it ends, where it cannot start. */
async function failedStart(env: Readonly<Record<string, string>>): Promise<{ code: number | null; says: string }> {
  const child = spawn(process.execPath, [START], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [says, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { code, says }
}

async function taken(port: number): Promise<AsyncDisposable> {
  // The balancer asks whoever listens there whether it is ready.
  const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

describe('npm start', () => {
  test('says one address, behind which three servers take turns, and Ctrl-C ends them all', async () => {
    const app = await startApp()
    const pids = await app.serverPids()
    const names = new Set<string | null>()
    // One whose bucket has not answered in time is passed over for once.
    while (names.size < 3) {
      const reply = await fetch(`${app.origin}/line`)
      expect(await reply.json()).toEqual({
        servers: ['server-1', 'server-2', 'server-3'],
        bucket: 'Bucket on disk',
        maxUploadBytes: 20 * 1024 ** 2,
        uploads: 'form',
        language: 'en',
      })
      names.add(reply.headers.get('x-served-by'))
    }
    expect(pids).toHaveLength(3)
    expect(await app.stop()).toBe(0)
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  test('Ctrl-C while the servers start ends them without a word', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'brigade-interrupted-'))
    const port = await freePorts(4)
    // A terminal sends the signal to the whole group, and so does this test.
    const child = spawn(process.execPath, [START], {
      env: { PATH: process.env.PATH, BUCKET_URL: `file:${folder}/data`, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    const ended = Promise.all([text(child.stderr), once(child, 'exit')])
    await vi.waitFor(async () => expect(await childrenOf(child.pid)).toHaveLength(3), 60_000)
    process.kill(-(child.pid ?? 0), 'SIGINT')
    const [says, [code]] = await ended
    await rm(folder, { recursive: true, force: true })
    expect([code, says]).toEqual([0, ''])
  })

  test('SIGTERM to npm ends the servers, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'brigade-npm-'))
    const npm = spawn('npm', ['start', '--silent'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, BUCKET_URL: `file:${folder}/data`, PORT: String(await freePorts(4)) },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(npm.stdout, 'data')
    npm.kill('SIGTERM')
    // Closed by all that had it.
    await once(npm.stdout, 'close')
    await rm(folder, { recursive: true, force: true })
  })

  test('a port that is in use is named, with what to set', async () => {
    const port = await freePorts(4)
    await using _inUse = await taken(port)
    const { code, says } = await failedStart({ PORT: String(port) })
    expect([code, says]).toEqual([1, expect.stringMatching(`^Port ${port} is in use\\..*set PORT`)])
  })

  test('so is the port of one of the servers', async () => {
    const port = await freePorts(4)
    await using _inUse = await taken(port + 2)
    const { code, says } = await failedStart({ PORT: String(port) })
    expect([code, says]).toEqual([1, expect.stringMatching(`^server-2: Port ${port + 2} is in use\\..*set PORT`)])
  })

  test('a variable that cannot be used is named, in one line', async () => {
    const { code, says } = await failedStart({ BUCKET_URL: 's3://avatars' })
    expect([code, says.trim().split('\n').length]).toEqual([1, 1])
    expect(says).toMatch(/^BRIGADE_SECRETS: expected one or more secrets/)
  })
})
