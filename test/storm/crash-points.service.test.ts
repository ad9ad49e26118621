import { BucketStore, openDriver } from '@bucket-brigade/core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { bucketUrl, serverEnvironment } from '../journeys/ceph-ground.js'
import { quartersPicture } from '../journeys/pictures.js'
import { createBucket } from '../services/buckets.js'
import { FaultProxy } from '../services/fault-proxy.js'
import type {} from '../services/global-setup.js'
import { type BucketSnapshot, missingObjects, snapshotOf } from './bucket-snapshot.js'
import { everyPoint, SCENARIOS, type Scenario } from './crash-scenarios.js'
import { type CrashPoint, CrashServer, type StepCall, WarmServers } from './crash-servers.js'
import { inTurns } from './in-turns.js'

const cluster = inject('ceph')
/** More would wait for each other: the gateways have two processors. */
const CALLS_AT_ONCE = 6

/** Requests of each step; each of them is two crash points. */
const counted: Record<string, number> = {}

let picture: string
let victims: WarmServers
let survivor: CrashServer

beforeAll(async () => {
  picture = (await quartersPicture(80, 60)).toString('base64')
  const { BUCKET_URL: _url, ...credentials } = serverEnvironment('', cluster.credentials)
  victims = new WarmServers(1, credentials)
  survivor = await new CrashServer(credentials).ready()
})

afterAll(async () => {
  await victims?.stop()
  await survivor?.kill()
  console.log('requests at which a server was killed, before and after each:', JSON.stringify(counted))
})

/** A bucket where one step is tried, by one person for each crash point. */
class Ground {
  readonly url: string
  readonly store: BucketStore

  constructor(readonly bucket: string) {
    this.url = bucketUrl(cluster, bucket, cluster.endpoints[1])
    this.store = new (class extends BucketStore {
      readonly bucket = bucket
    })(openDriver(this.url, { credentials: cluster.credentials }))
  }

  /** The same bucket as one server sees it, which alone uses this proxy. */
  through(proxy: FaultProxy): string {
    return bucketUrl(cluster, this.bucket, proxy.url)
  }
}

/** Somebody whose step is interrupted, and every name under which something of theirs may lie. */
interface Attempt {
  readonly names: readonly string[]
  readonly call: StepCall
}

async function prepared(ground: Ground, { prepare }: Scenario, user: string): Promise<Attempt> {
  const names = [user]
  const call = await prepare(
    async (step, ...args) => {
      const { result } = await survivor.run(ground.url, { step, args })
      const { session } = (result ?? {}) as { readonly session?: string }
      if (session !== undefined) names.push(session)
      return result
    },
    user,
    picture,
  )
  return { names, call }
}

/** What a step leaves in which nobody dies, and how many requests it takes. */
async function undisturbed(ground: Ground, scenario: Scenario): Promise<Attempt & { readonly requests: number }> {
  const attempt = await prepared(ground, scenario, 'undisturbed')
  const proxy = await FaultProxy.start(cluster.endpoints)
  try {
    const url = ground.through(proxy)
    await survivor.run(url, { step: 'open', args: [] })
    const before = proxy.requests
    await survivor.run(url, attempt.call)
    return { ...attempt, requests: proxy.requests - before }
  } finally {
    await proxy.close()
  }
}

/**
 * One server that has begun all these attempts is killed, once each of them is held at its point: right before its
 * request reaches a gateway, or when the gateway has answered and the server has not heard it yet.
 */
async function interrupt(ground: Ground, attempts: readonly (Attempt & { readonly point: CrashPoint })[]) {
  const victim = await victims.take()
  const proxies = await Promise.all(attempts.map(() => FaultProxy.start(cluster.endpoints)))
  let killed = () => {}
  const death = new Promise<void>((resolve) => {
    killed = resolve
  })
  try {
    await inTurns(proxies, CALLS_AT_ONCE, (proxy) => victim.run(ground.through(proxy), { step: 'open', args: [] }))
    const held = proxies.map((proxy, index) => {
      const { call, point } = attempts[index] as (typeof attempts)[number]
      const told = `${point.when} request ${point.request}`
      return new Promise<void>((resolve, reject) => {
        const crash = () => {
          resolve()
          return death
        }
        proxy.script({ kind: `crash-${point.when}`, crash }, undefined, point.request)
        victim.run(ground.through(proxy), call).then(
          () => reject(new Error(`expected the server to be held ${told}; it answered`)),
          // Its end is expected only after it was held, when this says nothing any more.
          (error) => reject(new Error(`expected the server to be held ${told}: ${error}`)),
        )
      })
    })
    await Promise.all(held)
    await victim.kill()
  } finally {
    killed()
    await Promise.all(proxies.map((proxy) => proxy.close()))
  }
}

/** What one person has, without what differs from person to person: names, sessions, operations, moments. */
function likenessOf(snapshot: BucketSnapshot, { names }: Attempt, { namesDiffer }: Scenario): readonly string[] {
  const own = [...snapshot].filter(([key]) => names.some((name) => key.includes(`/${name}/`)))
  const bare = own.map((entry) =>
    JSON.stringify(entry)
      .replaceAll(names[0] ?? '', 'person')
      .replace(/\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '*')
      .replace(/"issuedAt":\d+/g, '"issuedAt":0'),
  )
  // The session of an upload that was not answered lies beside the one that was.
  return (namesDiffer ? [...new Set(bare)] : bare).sort()
}

describe('on Ceph, a server that is killed right before or after any request of', {
  retry: 0,
  timeout: 240_000,
}, () => {
  it.each(SCENARIOS)('$name: another one completes the same call', async (scenario) => {
    const ground = new Ground(await createBucket(cluster))
    const calm = await undisturbed(ground, scenario)
    const attempts = await inTurns(everyPoint(calm.requests), CALLS_AT_ONCE, async (point) => ({
      ...(await prepared(ground, scenario, `person-${point.when}-${point.request}`)),
      point,
    }))
    await interrupt(ground, attempts)
    expect(await missingObjects(ground.store)).toEqual([])
    await inTurns(attempts, CALLS_AT_ONCE, ({ call }) => survivor.run(ground.url, call))
    expect(await missingObjects(ground.store)).toEqual([])
    const snapshot = await snapshotOf(ground.store)
    const expected = likenessOf(snapshot, calm, scenario)
    for (const attempt of attempts) {
      const told = `killed ${attempt.point.when} request ${attempt.point.request} of ${calm.requests}`
      expect(likenessOf(snapshot, attempt, scenario), told).toEqual(expected)
    }
    counted[scenario.name] = calm.requests
    await ground.store.close()
  })
})
