import { readdir, readlink } from 'node:fs/promises'
import { expect } from 'vitest'
import type { AppServer } from '../journeys/fleet.js'

/** What a server holds on to. */
export interface ServerHealth {
  readonly name: string
  /** Bytes, after a garbage collection. */
  readonly heapUsed: number
  readonly rss: number
  readonly sockets: number
  readonly files: readonly string[]
}

interface Report {
  readonly heapUsed: number
  readonly rss: number
}

/** Asks the process for its memory, and the kernel for its sockets and files. */
export async function healthOf(server: AppServer): Promise<ServerHealth> {
  const { heapUsed, rss } = (await server.ask('report')) as Report
  const open = await openHandles(server.pid)
  return {
    name: server.name,
    heapUsed,
    rss,
    sockets: open.filter((target) => target.startsWith('socket:')).length,
    // What Node opens for itself has no name there, or is a device; its programs are read and closed.
    files: open.filter((target) => target.startsWith('/') && !target.startsWith('/dev/')),
  }
}

/** Waits until the servers hold no more sockets than one that has just begun, and fails where they never do. */
export async function expectNoSockets(servers: readonly AppServer[], most: number): Promise<void> {
  const held = async () => Math.max(...(await Promise.all(servers.map(healthOf))).map(({ sockets }) => sockets))
  await expect.poll(held, { timeout: 60_000, interval: 200 }).toBeLessThanOrEqual(most)
}

async function openHandles(pid: number | undefined): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`
  const targets = (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => ''))
  return Promise.all(targets)
}
