import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore } from '@bucket-brigade/core'
import { DiskDriver } from '@bucket-brigade/core/disk'
import express from 'express'
import { type DiskObjectsOptions, diskObjects } from '../src/index.js'

export const SECRET = 'a secret of at least thirty-two bytes'

export class Pictures extends BucketStore {
  readonly bucket = 'pictures'
}

/** An application that serves its disk driver, on a port of its own. */
export class DiskServer {
  readonly errors: unknown[] = []
  /** Requests whose headers have arrived. */
  requests = 0
  readonly store: Pictures
  readonly driver: DiskDriver
  readonly base: string
  readonly directory: string
  readonly #server: Server

  private constructor(server: Server, directory: string, options: DiskObjectsOptions) {
    const { port } = server.address() as AddressInfo
    this.base = `http://127.0.0.1:${port}/objects`
    this.directory = directory
    this.driver = new DiskDriver({ directory, baseUrl: this.base, secrets: [SECRET] })
    this.store = new Pictures(this.driver)
    this.#server = server
    const app = express()
    app.use('/objects', diskObjects(this.driver, { onError: (error) => this.errors.push(error), ...options }))
    server.on('request', () => {
      this.requests += 1
    })
    server.on('request', app)
  }

  static async start(options: DiskObjectsOptions = {}): Promise<DiskServer> {
    const directory = await mkdtemp(join(tmpdir(), 'disk-objects-'))
    const server = express().listen(0, '127.0.0.1')
    server.removeAllListeners('request')
    // A machine that stands still for longer would close connections that clients are about to use.
    server.keepAliveTimeout = 0
    await once(server, 'listening')
    return new DiskServer(server, directory, options)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 })
  }
}
