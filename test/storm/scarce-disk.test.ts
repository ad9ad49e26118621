import { mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { afterAll, expect, it } from 'vitest'
import { exampleBalancer } from '../journeys/example-balancer.js'
import { Fleet } from '../journeys/fleet.js'
import { Person } from '../journeys/person.js'
import { runTool } from '../services/service-process.js'
import { planFlows } from './flow-plans.js'
import { runFlows } from './flows.js'
import { expectSavedPictures, keysOf } from './saved-pictures.js'
import { StormClient } from './storm-client.js'
import { stormPictures } from './storm-pictures.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars'
}

/** Uploads at once. */
const CROWD = 24
/** Files and connections that a server may open beside those that it has. */
const SPARE_HANDLES = 16

const cleanups: (() => unknown)[] = []
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-scarce-'))
  cleanups.push(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** One server over a bucket on disk. */
async function startServer(directory: string): Promise<Fleet> {
  const fleet = await Fleet.start({
    servers: 1,
    balance: exampleBalancer,
    env: (origin) => ({ BUCKET_URL: `file:${directory}`, BUCKET_PUBLIC_URL: `${origin}/objects` }),
  })
  cleanups.push(() => fleet.stop())
  return fleet
}

/** Only root may, and not in every container; where nobody may, the totals show one test that was left out. */
async function mayMount(): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-mount-'))
  try {
    await runTool('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory])
    await runTool('umount', [directory])
    return true
  } catch {
    return false
  } finally {
    await rm(directory, { recursive: true })
  }
}

it.runIf(await mayMount())(
  'a server whose disk is full says so, leaves nothing half-written, and goes on when there is space',
  async () => {
    const directory = await newDirectory()
    await runTool('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory])
    cleanups.push(() => runTool('umount', [directory]))
    const fleet = await startServer(directory)
    const store = new Avatars(openDriver(`file:${directory}`))
    const person = await Person.signIn(fleet.origin, 'leo')
    const [picture] = await stormPictures()
    const bytes = new Uint8Array((await picture?.file.arrayBuffer()) ?? [])
    const uploaded = await person.upload(fleet.origin, bytes)
    const cropped = await person.crop(fleet.origin, uploaded.body.token, { x: 0, y: 0, width: 40, height: 40 })
    const before = await keysOf(store)
    const ballast = join(directory, 'ballast')
    const { bsize, bfree } = await statfs(directory)
    await writeFile(ballast, new Uint8Array(bsize * bfree))

    const refusals = [
      await person.upload(fleet.origin, bytes),
      await person.save(fleet.origin, cropped.body.token),
      await person.crop(fleet.origin, uploaded.body.token, { x: 5, y: 5, width: 40, height: 40 }),
    ]
    for (const { status, body } of refusals) expect([status, body]).toMatchObject([503, { code: 'store-unavailable' }])
    expect(await keysOf(store)).toEqual(before)

    await rm(ballast)
    const saved = await person.save(fleet.origin, cropped.body.token)
    expect(saved.status).toBe(200)
    expect((await person.list(fleet.origin)).body.current?.id).toBe(saved.body.avatar.id)
  },
)

/** Connections on which nothing is said. Resolves once the server has no handle for one of them; gives a way to end them all. */
async function takeConnections({ hostname, port }: URL, count: number): Promise<() => void> {
  const sockets = Array.from({ length: count }, () => createConnection(Number(port), hostname))
  for (const socket of sockets) socket.on('error', () => {}).resume()
  await Promise.race(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))))
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}

it('a server with too few file handles answers what it can, and goes on', { timeout: 240_000 }, async () => {
  const directory = await newDirectory()
  const fleet = await startServer(directory)
  const { pid } = fleet.server(0)
  const open = await readdir(`/proc/${pid}/fd`)
  await runTool('prlimit', ['--pid', `${pid}`, `--nofile=${open.length + SPARE_HANDLES}:`])
  const client = await StormClient.signIn(fleet.origin, 'leo')
  const picture = (await stormPictures())[0]
  if (!client || !picture) throw new Error('expected somebody with a picture')
  const letGo = await takeConnections(new URL(fleet.server(0).origin), 2 * SPARE_HANDLES)
  const crowd = await Promise.all(Array.from({ length: CROWD }, () => client.upload(picture.file)))
  const said = crowd.map((answer) => (answer === 'broken' ? answer : answer.status))
  expect(said.filter((each) => each !== 201 && each !== 503 && each !== 'broken')).toEqual([])
  letGo()
  // The same process, allowed more: nothing of the scarcity stays behind.
  await runTool('prlimit', ['--pid', `${pid}`, '--nofile=1024:'])
  const [plan] = planFlows(1, [picture], { seed: 6, hasty: 0, leaving: 0 })
  const counts = await runFlows(fleet.origin, plan ? [plan] : [], { atOnce: 1 })
  expect({ failed: counts.failed, saved: counts.saved.length }).toEqual({ failed: [], saved: 1 })
  await expectSavedPictures(counts.saved)
  expect(fleet.server(0).ownEnds).toEqual([])
})
