import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore, openDriver, type StorageDriver, setBrowserAccess } from '@bucket-brigade/core'
import { DiskDriver } from '@bucket-brigade/core/disk'
import { directUploads, diskObjects } from '@bucket-brigade/express'
import express, { type Express } from 'express'
import { createBucket } from '../services/buckets.js'
import type { CephCluster } from '../services/ceph.js'

const SECRETS = ['a secret of these tests that is long enough']

/** An application whose pages upload straight to a bucket on another origin. */
export interface UploadApp {
  readonly origin: string
  readonly store: BucketStore
  readonly stop: () => Promise<void>
}

/** The bucket is a folder, served under another host name. */
export async function startOnDisk(scripts: ReadonlyMap<string, string>): Promise<UploadApp> {
  const directory = await mkdtemp(join(tmpdir(), 'direct-'))
  const { app, server, origin } = await listen(scripts)
  const baseUrl = `${origin.replace('127.0.0.1', 'localhost')}/objects`
  const driver = new DiskDriver({ directory, baseUrl, secrets: SECRETS })
  app.use('/objects', diskObjects(driver, { corsOrigins: [origin] }))
  const store = addUploads(app, driver, 'uploads', origin)
  return {
    origin,
    store,
    stop: async () => {
      await close(server)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The bucket is one of Ceph, opened to the page by our own call. */
export async function startOnCeph(scripts: ReadonlyMap<string, string>, cluster: CephCluster): Promise<UploadApp> {
  const { app, server, origin } = await listen(scripts)
  const bucket = await createBucket(cluster)
  const query = new URLSearchParams({ endpoint: cluster.endpoints[0], region: cluster.region })
  const driver = openDriver(`s3://${bucket}?${query}`, { credentials: cluster.credentials })
  const store = addUploads(app, driver, bucket, origin)
  await setBrowserAccess(store, [origin])
  return {
    origin,
    store,
    stop: async () => {
      await close(server)
      await store.close()
    },
  }
}

async function listen(scripts: ReadonlyMap<string, string>) {
  const app = express()
  for (const [path, script] of scripts) {
    app.get(`${path}.js`, (_req, res) => void res.type('text/javascript').send(script))
    app.get(
      path,
      (_req, res) => void res.type('html').send(`<!doctype html><title>Uppy</title><script src="${path}.js"></script>`),
    )
  }
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { app, server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function addUploads(app: Express, driver: StorageDriver, name: string, origin: string): BucketStore {
  class Uploads extends BucketStore {
    readonly bucket = name
  }
  const store = new Uploads(driver)
  const authenticate = () => 'leo'
  app.use(
    '/uploads',
    directUploads({ store, secrets: SECRETS, authenticate, origins: [origin], maxBytes: 200_000_000 }),
  )
  return store
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
