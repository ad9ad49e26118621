import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below those that Linux gives to whoever asks for any port (32768 to 60999): a server that was killed finds its own free when it is
 * started again, and one that is about to start finds the one that it was told.
 */
const PORTS = { first: 20_000, end: 32_000 }
/** Workers that run side by side take theirs from parts of their own; what runs outside of them has the first part. */
const PARTS = 4
const PART_LENGTH = (PORTS.end - PORTS.first) / PARTS

const part = Number(process.env.VITEST_POOL_ID ?? 0) % PARTS
/** Two runs of all tests at the same time should not meet either. */
let turn = Math.floor(Math.random() * PART_LENGTH)

/** A port of the loopback interface that nobody listens on, and that nobody else will be given for now. */
export function freePort(): Promise<number> {
  return freePorts(1)
}

/** The first of so many ports in a row. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < PART_LENGTH; tries += 1) {
    if (turn + count > PART_LENGTH) turn = 0
    const first = PORTS.first + part * PART_LENGTH + turn
    // Taken before anybody is asked: who asks meanwhile gets the next ones.
    turn += count
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)))
    if (!free.includes(false)) return first
  }
  throw new Error(`expected ${count} free ports in a row from ${PORTS.first} to ${PORTS.end - 1}; found none`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}
