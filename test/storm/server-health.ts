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

/**
 * Waits until the servers hold no more sockets than before, and no other files; fails where they never do.
 *
 * @param endIdle Ends the connections that they keep for later. Called again and again: what still runs keeps its own.
 */
export async function expectAtRest(
  servers: readonly AppServer[],
  before: { readonly sockets: number; readonly files: readonly (readonly string[])[] },
  endIdle: () => void,
): Promise<void> {
  const held = async () => {
    endIdle()
    const health = await Promise.all(servers.map(healthOf))
    return {
      sockets: Math.max(before.sockets, ...health.map(({ sockets }) => sockets)),
      files: health.map(({ files }) => files),
    }
  }
  await expect.poll(held, { timeout: 60_000, interval: 200 }).toEqual(before)
}

async function openHandles(pid: number | undefined): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`
  const targets = (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => ''))
  return Promise.all(targets)
}
