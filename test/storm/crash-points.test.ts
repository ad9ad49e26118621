import { link, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quartersPicture } from '../journeys/pictures.js'
import { type BucketSnapshot, missingObjects, snapshotOf } from './bucket-snapshot.js'
import { type CrashPoint, CrashServer, type StepCall, WarmServers } from './crash-servers.js'
import { inTurns } from './in-turns.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars'
}

/** Runs a step where nobody crashes. */
type Run = (step: string, ...args: readonly unknown[]) => Promise<unknown>

interface Scenario {
  readonly name: string
  /** Does what comes before, and gives the step that is tried at every crash point. */
  readonly prepare: (run: Run) => Promise<StepCall>
  /** Sessions have random names: what two of them have in common. */
  readonly namesDiffer?: true
}

const SQUARE = { x: 0, y: 0, width: 40, height: 40 }
const OTHER_SQUARE = { x: 30, y: 10, width: 30, height: 30 }
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

const uploaded = async (run: Run, user: string | undefined = 'leo') =>
  (await run('upload', user, picture)) as { readonly token: string }

const cropped = async (run: Run, crop: object = SQUARE) =>
  (await run('crop', (await uploaded(run)).token, crop)) as { readonly token: string }

const saved = async (run: Run, crop: object = SQUARE) =>
  (await run('save', (await cropped(run, crop)).token)) as { readonly id: string }

/** The ids of an earlier avatar, and of the current one. */
async function savedTwo(run: Run): Promise<readonly string[]> {
  const avatars = [await saved(run), await saved(run, OTHER_SQUARE)]
  return avatars.map(({ id }) => id)
}

const scenarios: readonly Scenario[] = [
  { name: 'upload', prepare: async () => ({ step: 'upload', args: ['leo', picture] }), namesDiffer: true },
  {
    name: 'upload of a stream',
    prepare: async () => ({ step: 'uploadStream', args: ['leo', picture] }),
    namesDiffer: true,
  },
  {
    name: 'upload of a stream whose length nobody knows',
    prepare: async () => ({ step: 'uploadUnannounced', args: ['leo', picture] }),
    namesDiffer: true,
  },
  {
    name: 'accept',
    prepare: async (run) => {
      const { token } = (await run('offerAndSend', 'leo', picture)) as { readonly token: string }
      return { step: 'accept', args: [token] }
    },
  },
  { name: 'crop', prepare: async (run) => ({ step: 'crop', args: [(await uploaded(run)).token, SQUARE] }) },
  { name: 'save', prepare: async (run) => ({ step: 'save', args: [(await cropped(run)).token] }) },
  {
    name: 'save of a second avatar',
    prepare: async (run) => {
      await saved(run)
      return { step: 'save', args: [(await cropped(run, OTHER_SQUARE)).token] }
    },
  },
  {
    name: 'claim',
    prepare: async (run) => {
      const { token } = (await run('upload', null, picture)) as { readonly token: string }
      return { step: 'claim', args: [token, 'leo'] }
    },
  },
  { name: 'select', prepare: async (run) => ({ step: 'select', args: ['leo', (await savedTwo(run))[0]] }) },
  { name: 'remove', prepare: async (run) => ({ step: 'remove', args: ['leo', (await savedTwo(run))[1]] }) },
  {
    name: 'prune',
    prepare: async (run) => {
      await savedTwo(run)
      return { step: 'prune', args: ['leo', 0] }
    },
  },
  {
    name: 'forget',
    prepare: async (run) => {
      const { token } = (await run('upload', null, picture)) as { readonly token: string }
      await run('claim', token, 'leo')
      await saved(run)
      return { step: 'forget', args: ['leo'] }
    },
  },
]

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

/** Before and after each of so many requests. */
function everyPoint(requests: number): readonly CrashPoint[] {
  const numbers = Array.from({ length: requests }, (_, index) => index + 1)
  return numbers.flatMap((request) => [
    { when: 'before', request },
    { when: 'after', request },
  ])
}

describe('a server that is killed right before or after any request of', { timeout: 240_000 }, () => {
  it.each(scenarios)('$name: another one completes the same call', async ({ name, prepare, namesDiffer }) => {
    const start = new Ground(join(folder, name.replaceAll(' ', '-')))
    const run: Run = async (step, ...args) => (await survivor.run(start.url, { step, args })).result
    await run('open')
    const call = await prepare(run)
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
