import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createBalancer } from '../../examples/express-app/dist/balancer.js'
import type { Balancer } from './fleet.js'

/** A machine may stand still for a while: that a server hangs is for a test's own limit to tell. */
const SILENCE = { silenceInSeconds: 600 }

/** The balancer that `npm start` uses, in this process. */
export async function exampleBalancer(ports: readonly number[]): Promise<Balancer> {
  const server = createBalancer(
    ports.map((port) => `http://127.0.0.1:${port}`),
    SILENCE,
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}
