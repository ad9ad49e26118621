import { fileURLToPath } from 'node:url'
import { BucketStore, openDriver, type StorageDriver } from '@bucket-brigade/core'
import { afterAll, expect, inject, it } from 'vitest'
import { bucketUrl, serverEnvironment } from '../journeys/ceph-ground.js'
import { Fleet } from '../journeys/fleet.js'
import { createBucket } from '../services/buckets.js'
import { startGateway } from '../services/ceph.js'
import { FaultProxy } from '../services/fault-proxy.js'
import type {} from '../services/global-setup.js'
import { startBalancer } from '../services/nginx.js'
import { seededRandom } from '../services/random.js'
import { missingObjects, picturesNamedBy } from './bucket-snapshot.js'
import { planFlows } from './flow-plans.js'
import { type AcknowledgedSave, type FlowCounts, runFlows } from './flows.js'
import { putForeignFiles } from './foreign-files.js'
import { inTurns } from './in-turns.js'
import { PointerWatch } from './pointer-watch.js'
import { expectSavedPictures, keysOf } from './saved-pictures.js'
import { expectAtRest, healthOf } from './server-health.js'
import { StormClient } from './storm-client.js'
import { stormPictures } from './storm-pictures.js'
import { sweepLater } from './sweep-later.js'
import { Trouble } from './trouble.js'

const FLOWS = Number(process.env.BRIGADE_STORM_FLOWS ?? 200)
const SEED = Number(process.env.BRIGADE_STORM_SEED ?? 20_261_121)
const AT_ONCE = 32
const FAULT_RATE = 0.05
const FLOWS_PER_SERVER_KILL = 25
const FLOWS_PER_GATEWAY_KILL = 100
/** The last fifth is calm, so that servers that lived through a storm are looked at, not those that have just begun. */
const STORM_PART = 0.8
const CALM_FLOWS = 30
const PEOPLE_ASKED_AT_ONCE = 4
const MOST_HEAP_GROWTH = 24 * 1024 ** 2
const REPORT = fileURLToPath(new URL('server-report.mjs', import.meta.url))

const cluster = inject('ceph')
const cleanups: (() => unknown)[] = []
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

async function openGround() {
  const bucket = await createBucket(cluster)
  const storeOver = (driver: StorageDriver): BucketStore =>
    new (class extends BucketStore {
      readonly bucket = bucket
    })(driver)
  // What the test itself looks at goes past the proxy.
  const driver = openDriver(bucketUrl(cluster, bucket, cluster.endpoints[1]), { credentials: cluster.credentials })
  cleanups.push(() => driver.close())
  const gateways = await Promise.all([startGateway(cluster), startGateway(cluster)])
  const proxy = await FaultProxy.start(gateways.map(({ endpoint }) => endpoint))
  cleanups.push(() => proxy.close())
  const fleet = await Fleet.start({
    balance: startBalancer,
    env: () => serverEnvironment(bucketUrl(cluster, bucket, proxy.url), cluster.credentials),
    execArgv: ['--expose-gc', '--import', REPORT],
  })
  cleanups.push(() => fleet.stop())
  const trouble = new Trouble({ fleet, proxy, cluster }, gateways, seededRandom(SEED))
  cleanups.push(() => trouble.stop())
  return { driver, storeOver, store: storeOver(driver), proxy, fleet, trouble }
}

type Ground = Awaited<ReturnType<typeof openGround>>

it(`a storm over ${FLOWS} flows, seed ${SEED}, loses nothing that was acknowledged`, {
  retry: 0,
  timeout: 240_000 + FLOWS * 3000,
}, async () => {
  const ground = await openGround()
  const { store, proxy, fleet, trouble } = ground
  const foreign = await putForeignFiles(store)
  proxy.closeIdleConnections()
  const { sockets: fewestSockets } = await settled(ground)

  const begun = performance.now()
  const { counts, watch } = await storm(ground)
  const seconds = Math.round((performance.now() - begun) / 1000)
  const pictures = await stormPictures()
  const before = await Promise.all(fleet.servers.map(healthOf))
  const calm = await runFlows(
    fleet.origin,
    planFlows(CALM_FLOWS, pictures, { seed: SEED + 1, hasty: 0, leaving: 0.3 }),
    { atOnce: 8 },
  )
  expect(calm.failed).toEqual([])

  const acknowledged = [...counts.saved, ...calm.saved]
  expect(watch.complaints).toEqual([])
  expect(await missingObjects(store)).toEqual([])
  const seen = await expectEverySaveThere(ground, acknowledged)
  const atRest = { sockets: fewestSockets, files: before.map(({ files }) => files) }
  await expectAtRest(fleet.servers, atRest, () => proxy.closeIdleConnections())
  const after = await Promise.all(fleet.servers.map(healthOf))
  for (const [index, { heapUsed }] of after.entries()) {
    expect(heapUsed - (before[index]?.heapUsed ?? 0)).toBeLessThan(MOST_HEAP_GROWTH)
  }
  expect([await fleet.leftovers(), fleet.servers.flatMap(({ ownEnds }) => ownEnds)]).toEqual([[], []])

  const swept = await sweepLater(ground.driver, ground.storeOver)
  expect({ failed: swept.failed, skipped: swept.skipped }).toEqual({ failed: 0, skipped: [] })
  const named = await namedKeys(store)
  expect(await keysOf(store)).toEqual([...named, ...foreign.keys].sort())
  await foreign.expectUntouched()
  await expectEverySaveThere(ground, acknowledged.slice(0, 20))
  console.log(
    JSON.stringify(
      {
        seed: SEED,
        flows: FLOWS,
        seconds,
        saved: counts.saved.length,
        leftForGood: counts.left,
        failed: counts.failed.length,
        aborted: counts.aborted,
        stepsSentTwice: counts.hastySteps,
        repeated: counts.repeated,
        storageRequests: proxy.requests,
        faults: proxy.counts(),
        serversKilled: trouble.serversKilled,
        gatewaysKilled: trouble.gatewaysKilled,
        failedStarts: trouble.failedStarts.length,
        pointerReadsMeanwhile: watch.reads,
        picturesLookedAt: seen,
        swept: { ...swept.found, deleted: swept.deleted },
        objectsLeft: named.length,
        foreignFiles: foreign.keys.length,
        servers: after.map(({ rss, heapUsed, sockets }) => ({
          rssMebibytes: Math.round(rss / 1024 ** 2),
          heapMebibytes: Math.round(heapUsed / 1024 ** 2),
          sockets,
        })),
      },
      undefined,
      2,
    ),
  )
})

/** Flows under faults and kills; calm again when it resolves. */
async function storm({ store, proxy, fleet, trouble }: Ground): Promise<{
  readonly counts: FlowCounts
  readonly watch: PointerWatch
}> {
  const plans = planFlows(FLOWS, await stormPictures(), { seed: SEED, hasty: 0.15, leaving: 0.15 })
  const watch = new PointerWatch(store)
  const people = new Set<string>()
  watch.begin(() => [...people])
  proxy.begin({ seed: SEED, rate: FAULT_RATE })
  const counts = await runFlows(fleet.origin, plans, {
    atOnce: AT_ONCE,
    onEnd: (ended, save) => {
      if (save) people.add(save.plan.user)
      if (ended > FLOWS * STORM_PART) return
      if (ended % FLOWS_PER_SERVER_KILL === 0) trouble.killServer()
      if (ended % FLOWS_PER_GATEWAY_KILL === 50) trouble.killGateway()
    },
  })
  proxy.calm()
  await trouble.over()
  await watch.end()
  for (const user of people) await watch.look(user)
  expect(counts.failed).toEqual([])
  return { counts, watch }
}

/** What a server holds that has nothing to do. */
async function settled({ fleet }: Ground) {
  const health = await Promise.all(fleet.servers.map(healthOf))
  return { sockets: Math.max(...health.map(({ sockets }) => sockets)) }
}

/** Asks as each person would, and looks at every picture's pixels while its address is good. */
async function expectEverySaveThere({ fleet }: Ground, saved: readonly AcknowledgedSave[]): Promise<number> {
  const savesOf = new Map<string, AcknowledgedSave[]>()
  for (const save of saved) savesOf.set(save.plan.user, [...(savesOf.get(save.plan.user) ?? []), save])
  const looked = await inTurns([...savesOf], PEOPLE_ASKED_AT_ONCE, async ([user, theirs]) => {
    const client = await StormClient.signIn(fleet.origin, user)
    const answer = await client?.list()
    if (answer === undefined || answer === 'broken') throw new Error(`the list of ${user} cannot be read`)
    const listed = new Map(answer.body.avatars.map(({ id, sizes }) => [id, sizes]))
    return expectSavedPictures(theirs, ({ plan, avatarId }) => {
      const sizes = listed.get(avatarId)
      expect(sizes, `avatar ${avatarId} of ${user}, flow ${plan.number}`).toBeDefined()
      return sizes ?? {}
    })
  })
  return looked.reduce((sum, pictures) => sum + pictures, 0)
}

/** Pointers, and what they name. */
async function namedKeys(store: BucketStore): Promise<readonly string[]> {
  const pointers = await keysOf(store, 'state/avatars/')
  return [...pointers, ...(await picturesNamedBy(store, pointers))]
}
