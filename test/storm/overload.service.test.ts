import { availableParallelism } from 'node:os'
import { expect, inject, it, onTestFinished, vi } from 'vitest'
import { bucketUrl, serverEnvironment } from '../journeys/ceph-ground.js'
import { exampleBalancer } from '../journeys/example-balancer.js'
import { Fleet } from '../journeys/fleet.js'
import { createBucket } from '../services/buckets.js'
import { FaultProxy } from '../services/fault-proxy.js'
import type {} from '../services/global-setup.js'
import { StormClient } from './storm-client.js'
import { stormPictures } from './storm-pictures.js'

const cluster = inject('ceph')
/** As many pictures are worked on at a time: one per processor, and one of libuv's four threads is kept free. */
const PLACES = Math.min(availableParallelism(), 3)
const CROWD = 12
const SQUARE = { x: 0, y: 0, width: 40, height: 40 }

/** A server whose every place for pictures is taken until `release` is called. */
async function openGround() {
  const proxy = await FaultProxy.start(cluster.endpoints)
  onTestFinished(() => proxy.close())
  const url = bucketUrl(cluster, await createBucket(cluster), proxy.url)
  const { origin, stop } = await startServer(url)
  onTestFinished(stop)
  let release = () => {}
  const until = new Promise<void>((resolve) => {
    release = resolve
  })
  const holdOriginals = () => {
    for (let place = 1; place <= PLACES; place++) {
      proxy.script({ kind: 'hold', until }, ({ method, path }) => method === 'GET' && path.endsWith('/original'))
    }
  }
  const held = () => vi.waitUntil(() => proxy.counts().hold === PLACES, { timeout: 60_000 })
  return { origin, holdOriginals, held, release }
}

async function startServer(url: string) {
  const env = { ...serverEnvironment(url, cluster.credentials), RENDER_WAIT_SECONDS: '1' }
  const fleet = await Fleet.start({ servers: 1, balance: exampleBalancer, env: () => env })
  return { origin: fleet.origin, stop: () => fleet.stop() }
}

/** Crops the person's own picture, which lies there already. */
async function cropper(origin: string, user: string) {
  const client = await StormClient.signIn(origin, user)
  const [picture] = await stormPictures()
  if (!client || !picture) throw new Error('expected somebody with a picture')
  const upload = async () => {
    const answer = await client.upload(picture.file)
    if (answer === 'broken') throw new Error('the upload broke')
    return answer
  }
  const { body } = await upload()
  return { upload, crop: (signal?: AbortSignal) => client.crop(body.token, SQUARE, signal) }
}

it('with more to crop than it can, a server refuses the rest in time, says when to come again, and stays well', async () => {
  const { origin, holdOriginals, held, release } = await openGround()
  const people = await Promise.all(Array.from({ length: CROWD }, (_, index) => cropper(origin, `person-${index}`)))
  const [served, crowd] = [people.slice(0, PLACES), people.slice(PLACES)]
  holdOriginals()
  const working = served.map(({ crop }) => crop())
  await held()

  const refused = Promise.all(crowd.map(({ crop }) => crop()))
  const leaving = new AbortController()
  const left = Promise.all(crowd.map(({ crop }) => crop(leaving.signal)))
  for (const path of ['/healthz', '/readyz']) expect([path, (await fetch(origin + path)).status]).toEqual([path, 200])
  expect((await crowd[0]?.upload())?.status).toBe(201)
  leaving.abort()
  // On a busy machine some are told before they leave.
  for (const answer of await left) if (answer !== 'broken') expect(answer).toMatchObject({ status: 503 })
  // Nobody lets go of a place: without a limit they would wait for ever.
  for (const answer of await refused) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'overloaded', detail: expect.stringContaining('1 s') } })
    if (answer === 'broken') continue
    expect(answer.retryAfterSeconds).toBeGreaterThanOrEqual(1)
    expect(answer.retryAfterSeconds).toBeLessThanOrEqual(60)
  }

  release()
  for (const answer of await Promise.all(working)) expect(answer).toMatchObject({ status: 200 })
  for (const { crop } of crowd) expect(await crop()).toMatchObject({ status: 200, body: { step: 'save' } })
})
