import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore } from '@bucket-brigade/core'
import { DiskDriver } from '@bucket-brigade/core/disk'
import { directUploads, diskObjects } from '@bucket-brigade/express'
import express from 'express'

const SECRET = 'a secret of at least thirty-two bytes'

class Films extends BucketStore {
  readonly bucket = 'films'
}

/** The house's own server side: `directUploads()` on one origin, a bucket on disk on another. */
export class DiskApp {
  readonly origin: string
  readonly bucketOrigin: string
  readonly store: BucketStore
  readonly #directory: string
  readonly #servers: readonly Server[]

  private constructor(directory: string, servers: readonly Server[], pages: ReadonlyMap<string, readonly string[]>) {
    this.#directory = directory
    this.#servers = servers
    const [origin = '', bucketOrigin = ''] = servers.map(
      (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    )
    this.origin = origin
    this.bucketOrigin = bucketOrigin
    const driver = new DiskDriver({ directory, baseUrl: bucketOrigin, secrets: [SECRET] })
    this.store = new Films(driver)
    const app = express()
    for (const [path, [type = '', body]] of pages) app.get(path, (_req, res) => void res.type(type).send(body))
    app.use(
      '/uploads',
      directUploads({
        store: this.store,
        secrets: [SECRET],
        authenticate: () => 'leo',
        origins: 'same-host',
        maxBytes: 20 * 1024 ** 2,
        multipartAboveBytes: 1024 ** 2,
        partBytes: 5 * 1024 ** 2,
      }),
    )
    servers[0]?.on('request', app)
    servers[1]?.on('request', express().use(diskObjects(driver, { corsOrigins: [origin] })))
  }

  /** @param pages  Path → type and body. */
  static async start(pages: ReadonlyMap<string, readonly string[]>): Promise<DiskApp> {
    const directory = await mkdtemp(join(tmpdir(), 'brigade-disk-app-'))
    const servers = [createServer(), createServer()]
    await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
    return new DiskApp(directory, servers, pages)
  }

  async stop(): Promise<void> {
    const closed = this.#servers.map((server) => once(server, 'close'))
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
    await Promise.all(closed)
    await rm(this.#directory, { recursive: true, force: true })
  }
}
