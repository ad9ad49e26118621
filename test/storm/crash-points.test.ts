import { link, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quartersPicture } from '../journeys/pictures.js'
import { type BucketSnapshot, missingObjects, snapshotOf } from './bucket-snapshot.js'
import { everyPoint, type Run, SCENARIOS } from './crash-scenarios.js'
import { type CrashPoint, CrashServer, type StepCall, WarmServers } from './crash-servers.js'
import { inTurns } from './in-turns.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars'
}

const ATTEMPTS_AT_ONCE = 3

let picture: string
let folder: string
let servers: WarmServers
let survivor: CrashServer

beforeAll(async () => {
  picture = (await quartersPicture(80, 60)).toString('base64')
  folder = await mkdtemp(join(tmpdir(), 'brigade-crash-'))
  servers = new WarmServers(ATTEMPTS_AT_ONCE + 1)
  survivor = await new CrashServer({}).ready()
})

afterAll(async () => {
  await servers?.stop()
  await survivor?.kill()
  await rm(folder, { recursive: true, force: true })
})

/** One bucket on disk, as it was before the step. */
class Ground {
  readonly url: string
  readonly store: BucketStore

  constructor(readonly directory: string) {
    this.url = `file:${directory}`
    this.store = new Avatars(openDriver(this.url))
  }

  /** By links: a copied file would be another version, which no token names. Files are replaced, never written to. */
  async copy(name: string): Promise<Ground> {
    const directory = join(folder, name)
    await mkdir(directory)
    for (const entry of await readdir(this.directory, { recursive: true, withFileTypes: true })) {
      const from = join(entry.parentPath, entry.name)
      const to = join(directory, relative(this.directory, from))
      await (entry.isDirectory() ? mkdir(to, { recursive: true }) : link(from, to))
    }
    return new Ground(directory)
  }

  async remove(): Promise<void> {
    await this.store.close()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** A session's name, and what lies there once more because the first answer never arrived. */
function nameless(snapshot: BucketSnapshot): BucketSnapshot {
  return new Map([...snapshot].map(([key, object]) => [key.replace(/[0-9a-f]{32}/, '*'), object]))
}

/** Dies there, and is followed by another server that gets the same call. */
async function tryPoint(start: Ground, call: StepCall, point: CrashPoint): Promise<BucketSnapshot> {
  const ground = await start.copy(`${point.when}-${point.request}-${crypto.randomUUID()}`)
  try {
    const server = await servers.take()
    await server.runToCrash(ground.url, call, point)
    expect(await missingObjects(ground.store)).toEqual([])
    await survivor.run(ground.url, call)
    expect(await missingObjects(ground.store)).toEqual([])
    return await snapshotOf(ground.store)
  } finally {
    await ground.remove()
  }
}

describe('a server that is killed right before or after any request of', { retry: 0, timeout: 240_000 }, () => {
  it.each(SCENARIOS)('$name: another one completes the same call', async ({ name, prepare, namesDiffer }) => {
    const start = new Ground(join(folder, name.replaceAll(' ', '-')))
    const run: Run = async (step, ...args) => (await survivor.run(start.url, { step, args })).result
    await run('open')
    const call = await prepare(run, 'leo', picture)
    const undisturbed = await start.copy(`undisturbed-${crypto.randomUUID()}`)
    const { requests } = await survivor.run(undisturbed.url, call)
    const expected = await snapshotOf(undisturbed.store)
    const points = everyPoint(requests.length)
    const snapshots = await inTurns(points, ATTEMPTS_AT_ONCE, (point) => tryPoint(start, call, point))
    for (const [index, snapshot] of snapshots.entries()) {
      const { when, request } = points[index] as CrashPoint
      const told = `killed ${when} ${requests[request - 1]}, request ${request} of ${requests.length}`
      if (namesDiffer) expect(nameless(snapshot), told).toEqual(nameless(expected))
      else expect(snapshot, told).toEqual(expected)
    }
  })
})
