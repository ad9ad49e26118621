import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createBalancer } from '../../examples/express-app/dist/balancer.js'
import type { Balancer } from './fleet.js'

/** The balancer that `npm start` uses, in this process. */
export async function exampleBalancer(ports: readonly number[]): Promise<Balancer> {
  const server = createBalancer(ports.map((port) => `http://127.0.0.1:${port}`))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}
