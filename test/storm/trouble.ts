import type { Fleet } from '../journeys/fleet.js'
import { type CephCluster, type CephGateway, startGateway } from '../services/ceph.js'
import type { FaultProxy } from '../services/fault-proxy.js'

const MAX_STARTS = 20

/** Kills servers, and gateways that serve no other test, and starts them again. One thing at a time. */
export class Trouble {
  serversKilled = 0
  gatewaysKilled = 0
  /** Starts of a server that failed, because the bucket was away or lied just then. */
  readonly failedStarts: string[] = []
  readonly #fleet: Fleet
  readonly #proxy: FaultProxy
  readonly #cluster: CephCluster
  readonly #gateways: CephGateway[]
  readonly #random: () => number
  #line: Promise<void> = Promise.resolve()

  constructor(
    parts: { readonly fleet: Fleet; readonly proxy: FaultProxy; readonly cluster: CephCluster },
    gateways: readonly CephGateway[],
    random: () => number,
  ) {
    this.#fleet = parts.fleet
    this.#proxy = parts.proxy
    this.#cluster = parts.cluster
    this.#gateways = [...gateways]
    this.#random = random
  }

  /** Whatever is on its way there breaks; it is back when its line comes to an end. */
  killServer(): void {
    this.#then(async () => {
      const server = this.#fleet.server(this.#upTo(this.#fleet.servers.length))
      this.serversKilled += 1
      await server.kill()
      for (let start = 1; ; start++) {
        try {
          return await server.restart()
        } catch (error) {
          if (start === MAX_STARTS) throw error
          this.failedStarts.push(error instanceof Error ? error.message : String(error))
        }
      }
    })
  }

  killGateway(): void {
    this.#then(async () => {
      const index = this.#upTo(this.#gateways.length)
      this.gatewaysKilled += 1
      await this.#gateways[index]?.kill()
      this.#gateways[index] = await startGateway(this.#cluster)
      this.#proxy.upstreams = this.#gateways.map(({ endpoint }) => endpoint)
    })
  }

  /** Resolves once everything that was killed is back. */
  async over(): Promise<void> {
    await this.#line
  }

  async stop(): Promise<void> {
    await this.#line.catch(() => {})
    await Promise.all(this.#gateways.map((gateway) => gateway.stop()))
  }

  #then(work: () => Promise<void>): void {
    this.#line = this.#line.then(work)
    // Told by `over`.
    this.#line.catch(() => {})
  }

  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}
