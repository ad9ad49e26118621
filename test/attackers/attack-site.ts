import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exampleBalancer } from '../journeys/example-balancer.js'
import { Fleet } from '../journeys/fleet.js'
import { type Avatar, type CropReply, Person, type UploadReply } from '../journeys/person.js'
import { quartersPicture } from '../journeys/pictures.js'
import { type RawReply, type RawRequest, sendRequest } from './raw-request.js'

/** Somebody who is signed in, and what they have begun. */
export interface Resident {
  readonly user: string
  readonly person: Person
  /** `Cookie` header of their browser. */
  readonly cookie: string
  readonly uploaded: UploadReply
  readonly cropped: CropReply
}

/** What lies beside the bucket, where no request may ever get at it. */
export const TREASURE = 'this-file-is-beside-the-bucket'

/** The disk driver's own marks of who wrote last: 256 sequences that it tidies itself, after honest requests too. */
const LOCKS = '.brigade/claims/'

/** The example application as two processes behind its balancer, on disk, with somebody to rob. */
export class AttackSite {
  /** User `10`, who has saved an avatar and begun another. */
  readonly victim: Resident & { readonly avatar: Avatar }
  /** User `1`, who has begun an avatar. */
  readonly attacker: Resident
  /** An address that no server may ever ask for; `baitTaken` counts. */
  readonly bait: string
  readonly fleet: Fleet
  readonly #pids: readonly (number | undefined)[]
  readonly #directory: string
  #known: ReadonlySet<string> = new Set()
  #found: ReadonlySet<string> = new Set()
  readonly #closeBait: () => Promise<void>
  readonly #baitTaken: () => number

  private constructor(
    fleet: Fleet,
    directory: string,
    people: { readonly victim: AttackSite['victim']; readonly attacker: Resident },
    bait: { readonly address: string; readonly taken: () => number; readonly close: () => Promise<void> },
  ) {
    this.fleet = fleet
    this.#directory = directory
    this.victim = people.victim
    this.attacker = people.attacker
    this.bait = bait.address
    this.#baitTaken = bait.taken
    this.#closeBait = bait.close
    this.#pids = fleet.servers.map(({ pid }) => pid)
  }

  static async open(): Promise<AttackSite> {
    const directory = await mkdtemp(join(tmpdir(), 'brigade-attackers-'))
    await writeFile(join(directory, 'treasure.txt'), TREASURE)
    const bucket = join(directory, 'data')
    const fleet = await Fleet.start({
      servers: 2,
      balance: exampleBalancer,
      env: (origin) => ({
        BUCKET_URL: `file:${bucket}`,
        BUCKET_PUBLIC_URL: `${origin}/objects`,
        UPLOADS: 'direct',
      }),
    })
    const resident = await settle(fleet, '10')
    const { body } = await resident.person.save(fleet.origin, resident.cropped.token)
    const victim = { ...(await settle(fleet, '10')), avatar: body.avatar }
    const site = new AttackSite(fleet, directory, { victim, attacker: await settle(fleet, '1') }, await layBait())
    await site.changes()
    site.acceptChanges()
    return site
  }

  /** Port of the balancer, behind which every request goes to another server. */
  get balancer(): number {
    return Number(new URL(this.fleet.origin).port)
  }

  /** Port of one server itself. */
  get server(): number {
    return Number(new URL(this.fleet.server(0).origin).port)
  }

  send(request: RawRequest, port = this.balancer): Promise<RawReply> {
    return sendRequest(port, request)
  }

  /** The picture that the attacker has begun with, at an address that is signed from now on for some minutes. */
  async signedPicture(): Promise<URL> {
    const { person, uploaded } = this.attacker
    const { origin } = this.fleet
    const { token } = uploaded
    const { body } = await person.send<{ readonly preview: string }>(origin, 'POST', '/avatars/preview', { token })
    return new URL(body.preview)
  }

  /** `Cookie` header of somebody who has begun nothing. */
  cookieOf(user: string): Promise<string> {
    return cookieOf(this.fleet, user)
  }

  /** Requests that the bait has got. */
  get baitTaken(): number {
    return this.#baitTaken()
  }

  /** Files in and beside the bucket that are new, gone or of another size since the last attack. */
  async changes(): Promise<readonly string[]> {
    const names = await namesBelow(this.#directory)
    const kept = names.filter((name) => !name.includes(LOCKS))
    const found = await Promise.all(kept.map((name) => describeFile(this.#directory, name)))
    this.#found = new Set(found.flat())
    const [before, now] = [[...this.#known], [...this.#found]]
    return [...now.filter((file) => !this.#known.has(file)), ...before.filter((file) => !this.#found.has(file))]
  }

  /** What was found last is what the next attack finds. */
  acceptChanges(): void {
    this.#known = this.#found
  }

  /** What is wrong with the servers: nobody ended, and each one answers. */
  async damage(): Promise<readonly string[]> {
    const ended = this.fleet.servers.flatMap(({ ownEnds }) => ownEnds)
    const changed = this.fleet.servers.filter(({ pid }, index) => pid !== this.#pids[index]).map(({ name }) => name)
    const answers = await Promise.all(
      this.fleet.servers.map(async ({ name, origin }) => {
        const { status } = await fetch(`${origin}/readyz`)
        return status === 200 ? [] : [`${name} answers ${status}`]
      }),
    )
    return [...ended, ...changed, ...answers.flat(), ...(await this.fleet.leftovers())]
  }

  /** The most memory that a server has ever held, in MB, as the kernel counts it. */
  async peakMegabytes(): Promise<number> {
    const peaks = await Promise.all(
      this.fleet.servers.map(async ({ pid }) => {
        const status = await readFile(`/proc/${pid}/status`, 'utf8')
        return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1]) / 1024
      }),
    )
    return Math.max(...peaks)
  }

  /** Files, sockets and all else that each server holds open. */
  async handles(): Promise<readonly number[]> {
    return Promise.all(this.fleet.servers.map(async ({ pid }) => (await readdir(`/proc/${pid}/fd`)).length))
  }

  async close(): Promise<void> {
    await this.fleet.stop()
    await this.#closeBait()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

/** Signs in, uploads and crops. */
async function settle(fleet: Fleet, user: string): Promise<Resident> {
  const person = await Person.signIn(fleet.origin, user)
  const uploaded = await person.upload(fleet.origin, await quartersPicture(80, 60))
  const cropped = await person.crop(fleet.origin, uploaded.body.token, { x: 0, y: 0, width: 40, height: 40 })
  return { user, person, cookie: await cookieOf(fleet, user), uploaded: uploaded.body, cropped: cropped.body }
}

async function cookieOf(fleet: Fleet, user: string): Promise<string> {
  const signedIn = await fetch(`${fleet.origin}/sign-in`, { method: 'POST', body: new URLSearchParams({ user }) })
  return signedIn.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
}

async function layBait() {
  let taken = 0
  const server = createServer((_req, res) => {
    taken += 1
    res.end('{"keys":[]}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`, taken: () => taken, close }
}

/** Folders come and go with what is in them: one that has gone while they are read makes another look necessary. */
async function namesBelow(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory, { recursive: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return namesBelow(directory)
    throw error
  }
}

/** None where it has gone meanwhile, as temporary files do. */
async function describeFile(directory: string, name: string): Promise<string[]> {
  try {
    const found = await stat(join(directory, name))
    return found.isFile() ? [`${name} ${found.size}`] : []
  } catch {
    return []
  }
}
