import { once } from 'node:events'
import type { Server } from 'node:http'

/**
 * Listens on loopback, and resolves when connections are taken.
 *
 * @throws Error in words where the port is taken or not allowed
 */
export async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(explain(error, port), { cause: error })
  }
}

function explain(error: unknown, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use. Stop what listens there, or set PORT: the balancer takes it, the servers take the next ones.`
  }
  if (code === 'EACCES') return `Port ${port} needs more rights than this process has. Set PORT to 1024 or more.`
  return `Port ${port} cannot be listened on: ${String(error)}`
}
