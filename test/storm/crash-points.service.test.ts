import { BucketStore, openDriver } from '@bucket-brigade/core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { bucketUrl, serverEnvironment } from '../journeys/ceph-ground.js'
import { quartersPicture } from '../journeys/pictures.js'
import { createBucket } from '../services/buckets.js'
import { FaultProxy } from '../services/fault-proxy.js'
import type {} from '../services/global-setup.js'
import { missingObjects, snapshotOf } from './bucket-snapshot.js'
import { CrashServer, type StepCall, WarmServers } from './crash-servers.js'

const cluster = inject('ceph')
const SQUARE = { x: 0, y: 0, width: 40, height: 40 }

let picture: string
let proxy: FaultProxy
let servers: WarmServers
let survivor: CrashServer
let store: BucketStore
/** The bucket as the servers that die see it, and as the one that goes on does. */
let throughProxy: string
let pastProxy: string

beforeAll(async () => {
  picture = (await quartersPicture(80, 60)).toString('base64')
  const bucket = await createBucket(cluster)
  proxy = await FaultProxy.start(cluster.endpoints)
  throughProxy = bucketUrl(cluster, bucket, proxy.url)
  pastProxy = bucketUrl(cluster, bucket, cluster.endpoints[1])
  const { BUCKET_URL: _url, ...credentials } = serverEnvironment(throughProxy, cluster.credentials)
  servers = new WarmServers(2, credentials)
  survivor = await new CrashServer(credentials).ready()
  store = new (class extends BucketStore {
    readonly bucket = bucket
  })(openDriver(pastProxy, { credentials: cluster.credentials }))
})

afterAll(async () => {
  await servers?.stop()
  await survivor?.kill()
  await proxy?.close()
  await store?.close()
})

async function uploadOf(user: string): Promise<StepCall> {
  return { step: 'upload', args: [user, picture] }
}

async function saveOf(user: string): Promise<StepCall> {
  const { token } = (await survivor.run(pastProxy, await uploadOf(user))).result as { readonly token: string }
  const cropped = await survivor.run(pastProxy, { step: 'crop', args: [token, SQUARE] })
  return { step: 'save', args: [(cropped.result as { readonly token: string }).token] }
}

async function openVictim(): Promise<CrashServer> {
  const victim = await servers.take()
  await victim.run(throughProxy, { step: 'open', args: [] })
  return victim
}

/** Everything of one person, without what differs from person to person: names, sessions, operations, moments. */
async function likenessOf(user: string): Promise<readonly string[]> {
  const snapshot = [...(await snapshotOf(store))].filter(([key]) => key.includes(`/${user}/`))
  const bare = snapshot.map((entry) =>
    JSON.stringify(entry)
      .replaceAll(user, 'person')
      .replace(/\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '*')
      .replace(/"issuedAt":\d+/g, '"issuedAt":0'),
  )
  // The session of an upload that was not answered lies beside the one that was.
  return [...new Set(bare)].sort()
}

describe('on Ceph, a server that is killed right before or after any request of', { timeout: 240_000 }, () => {
  it.each([
    { name: 'upload', callOf: uploadOf },
    { name: 'save', callOf: saveOf },
  ])('$name: another one completes the same call', async ({ name, callOf }) => {
    const call = await callOf(`undisturbed-${name}`)
    await survivor.run(throughProxy, { step: 'open', args: [] })
    const before = proxy.requests
    await survivor.run(throughProxy, call)
    const requests = proxy.requests - before
    const expected = await likenessOf(`undisturbed-${name}`)
    for (let request = 1; request <= requests; request++) {
      for (const kind of ['crash-before', 'crash-after'] as const) {
        const user = `${name}-${kind}-${request}`
        const [interrupted, victim] = await Promise.all([callOf(user), openVictim()])
        proxy.script({ kind, crash: () => victim.kill() }, undefined, request)
        const crashed = victim.crashed()
        victim.begin(throughProxy, interrupted)
        await crashed
        expect(await missingObjects(store, `state/avatars/${user}/`), user).toEqual([])
        await survivor.run(pastProxy, interrupted)
        expect(await likenessOf(user), user).toEqual(expected)
      }
    }
    expect(await missingObjects(store)).toEqual([])
    expect(proxy.log.length).toBeGreaterThanOrEqual(2 * requests)
  })
})
