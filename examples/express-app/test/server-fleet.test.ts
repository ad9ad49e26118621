import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ServerFleet } from '../src/server-fleet.js'

const MODULE = fileURLToPath(new URL('fixtures/fleet-member.mjs', import.meta.url))

let fleet: ServerFleet | undefined

function fleetOf(env: Readonly<Record<string, string>>, onRestart?: (message: string) => void): ServerFleet {
  fleet = new ServerFleet({ module: MODULE, ports: [4001, 4002, 4003], env, ...(onRestart ? { onRestart } : {}) })
  return fleet
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

afterEach(async () => {
  await fleet?.stop()
  fleet = undefined
})

describe('ServerFleet', () => {
  test('is ready when all servers are, and stops them all', async () => {
    const servers = fleetOf({})
    await servers.start()
    const pids = [0, 1, 2].map((index) => servers.pidOf(index))
    expect(pids.every(isAlive)).toBe(true)
    await servers.stop()
    expect(pids.some(isAlive)).toBe(false)
  })

  test('starts a server again that died, and says why', async () => {
    const messages: string[] = []
    const servers = fleetOf({}, (message) => messages.push(message))
    await servers.start()
    const before = servers.pidOf(1)
    if (before !== undefined) process.kill(before, 'SIGKILL')
    await vi.waitFor(() => expect(isAlive(servers.pidOf(1)) && servers.pidOf(1) !== before).toBe(true), 30_000)
    expect(messages).toEqual(['server-2 ended (SIGKILL); it is started again'])
  })

  test('does not start servers again that it stopped itself', async () => {
    const messages: string[] = []
    const servers = fleetOf({}, (message) => messages.push(message))
    await servers.start()
    await servers.stop()
    expect([messages, servers.pidOf(0)]).toEqual([[], undefined])
  })

  test('says which server cannot start and why, and leaves none behind', async () => {
    const servers = fleetOf({ FAILS: 'server-2' })
    await expect(servers.start()).rejects.toThrow('server-2: Port 4002 is in use.')
    expect([0, 1, 2].map((index) => servers.pidOf(index)).some(isAlive)).toBe(false)
  })

  test('does not wait for a server that ended without a word', async () => {
    await expect(fleetOf({ FAILS: 'silently' }).start()).rejects.toThrow('exit code 3 before it was ready')
  })
})
