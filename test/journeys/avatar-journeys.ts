import type { BucketStore } from '@bucket-brigade/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeDirectUploads } from './direct-journeys.js'
import { type AppServer, Fleet, type FleetOptions } from './fleet.js'
import { type Answer, Person, type Problem } from './person.js'
import { decode, distance, plainPicture, QUARTERS, quartersPicture, type Rgb } from './pictures.js'
import { expired, signedByStrangers } from './tokens.js'

/** Where the journeys take place: a kind of bucket, and what servers need to find it. */
export interface Ground extends Pick<FleetOptions, 'balance' | 'env'> {
  /** The same bucket, seen by the test itself. */
  readonly store: BucketStore
  /** The same with addresses that browsers can use, where these lead through the servers. */
  addressed?(origin: string): BucketStore
  /** Runs `work` while no server may ask the bucket for anything; rejects where one did. */
  withoutBucket(work: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** What people do with their avatars, on real server processes, wherever the bucket is. */
export function describeAvatarJourneys(name: string, open: () => Promise<Ground>): void {
  describe(`an avatar over three servers, ${name}`, () => {
    let ground: Ground
    let fleet: Fleet
    let people = 0

    beforeAll(async () => {
      ground = await open()
      fleet = await Fleet.start(ground)
    })

    afterAll(async () => {
      await fleet?.stop()
      await ground?.close()
    })

    const newPerson = async (): Promise<Person & { readonly user: string }> => {
      people += 1
      const user = `person-${people}`
      return Object.assign(await Person.signIn(fleet.origin, user), { user })
    }

    const upload = async (person: Person, picture: Buffer) => {
      const uploaded = await person.upload(fleet.origin, picture)
      expect(uploaded.status).toBe(201)
      return uploaded.body
    }

    const cropped = async (person: Person, token: string, x: number, y: number, edge: number) => {
      const reply = await person.crop(fleet.origin, token, { x, y, width: edge, height: edge })
      expect(reply.status).toBe(200)
      return reply.body
    }

    const keysBelow = async (prefix: string): Promise<string[]> =>
      (await ground.store.list(prefix).toArray()).map((object) => object.key)

    it('is uploaded by A, cropped by B and saved by C, each killed after its step', async () => {
      const person = await newPerson()
      const [a, b, c] = [fleet.server(0), fleet.server(1), fleet.server(2)]
      const uploaded = await person.upload(a.origin, await quartersPicture(400, 300))
      expect(uploaded).toMatchObject({ status: 201, servedBy: a.name, body: { original: { width: 400, height: 300 } } })
      await a.kill()
      const crop = await person.crop(b.origin, uploaded.body.token, { x: 0, y: 0, width: 120, height: 120 })
      expect(crop).toMatchObject({ status: 200, servedBy: b.name })
      await b.kill()
      const saved = await person.save(c.origin, crop.body.token)
      expect(saved).toMatchObject({ status: 200, servedBy: c.name })
      await c.kill()
      await restartAll([a, b, c])
      await expectColour(await fetchPicture(saved.body.avatar.url), QUARTERS.topLeft)
      const gallery = await person.list(fleet.origin)
      expect(gallery.body.current?.id).toBe(saved.body.avatar.id)
    })

    it('is finished by the servers that are left, through the balancer', async () => {
      const person = await newPerson()
      const { token } = await upload(person, await quartersPicture(400, 300))
      await fleet.server(0).kill()
      const crop = await cropped(person, token, 280, 0, 100)
      await fleet.server(1).kill()
      const saved = await person.save(fleet.origin, crop.token)
      expect(saved).toMatchObject({ status: 200, servedBy: 'server-3' })
      await restartAll([fleet.server(0), fleet.server(1)])
      await expectColour(await fetchPicture(saved.body.avatar.url), QUARTERS.topRight)
    })

    it('is stored at every edge, as a square of just that size', async () => {
      const person = await newPerson()
      const { token } = await upload(person, await quartersPicture(400, 300))
      const { token: saveToken } = await cropped(person, token, 10, 10, 120)
      const { body } = await person.save(fleet.origin, saveToken)
      const sizes = Object.entries(body.avatar.sizes)
      expect(sizes.length).toBeGreaterThan(1)
      for (const [edge, url] of sizes) {
        const pixels = await decode(await fetchPicture(url))
        expect([pixels.width, pixels.height]).toEqual([Number(edge), Number(edge)])
      }
    })

    it('is cropped where the person saw it, though the camera stored it sideways', async () => {
      const person = await newPerson()
      const uploaded = await upload(person, await quartersPicture(200, 320, 6))
      expect(uploaded.original).toMatchObject({ width: 200, height: 320 })
      // The square lies over the middle: all four colours, each in its corner.
      const { token } = await cropped(person, uploaded.token, 50, 110, 100)
      const saved = await person.save(fleet.origin, token)
      const pixels = await decode(await fetchPicture(saved.body.avatar.url))
      const near = Math.round(pixels.width / 5)
      const far = pixels.width - near
      expect(distance(pixels.at(near, near), QUARTERS.topLeft)).toBeLessThan(12)
      expect(distance(pixels.at(far, near), QUARTERS.topRight)).toBeLessThan(12)
      expect(distance(pixels.at(near, far), QUARTERS.bottomLeft)).toBeLessThan(12)
      expect(distance(pixels.at(far, far), QUARTERS.bottomRight)).toBeLessThan(12)
    })

    it('is one avatar after a double click on save', async () => {
      const person = await newPerson()
      const { token } = await upload(person, await quartersPicture(400, 300))
      const crop = await cropped(person, token, 0, 0, 120)
      const replies = await Promise.all(fleet.servers.map(({ origin }) => person.save(origin, crop.token)))
      for (const reply of replies) expect(reply.status).toBe(200)
      const saves = replies.map(({ body: { avatar } }) => `${avatar.id} ${avatar.savedAt}`)
      expect(new Set(saves).size).toBe(1)
      const gallery = await person.list(fleet.origin)
      expect(gallery.body.avatars).toHaveLength(1)
    })

    it('can be cropped again from the original after going back', async () => {
      const person = await newPerson()
      const { token } = await upload(person, await quartersPicture(400, 300))
      await cropped(person, token, 0, 0, 120)
      const again = await cropped(person, token, 0, 170, 120)
      const saved = await person.save(fleet.origin, again.token)
      await expectColour(await fetchPicture(saved.body.avatar.url), QUARTERS.bottomLeft)
    })

    it('keeps both sets when two tabs of one session save, and shows one of them', async () => {
      const person = await newPerson()
      const { token } = await upload(person, await quartersPicture(400, 300))
      const tabs = [await cropped(person, token, 0, 0, 120), await cropped(person, token, 280, 0, 120)]
      const saved = await Promise.all(tabs.map((tab, index) => person.save(fleet.server(index).origin, tab.token)))
      for (const reply of saved) expect(reply.status).toBe(200)
      const { body } = await person.list(fleet.origin)
      const ids = saved.map((reply) => reply.body.avatar.id).sort()
      expect(body.avatars.map((avatar) => avatar.id).sort()).toEqual(ids)
      expect(ids).toContain(body.current?.id)
      await expectColour(await fetchPicture(saved[0]?.body.avatar.url), QUARTERS.topLeft)
      await expectColour(await fetchPicture(saved[1]?.body.avatar.url), QUARTERS.topRight)
    })

    it('can be chosen again and deleted later', async () => {
      const person = await newPerson()
      const first = await savePlain(person, [200, 40, 40])
      const second = await savePlain(person, [40, 40, 200])
      expect((await person.list(fleet.origin)).body.current?.id).toBe(second.id)
      expect((await person.select(fleet.origin, first.id)).status).toBe(200)
      expect((await person.list(fleet.origin)).body.current?.id).toBe(first.id)
      expect((await person.remove(fleet.origin, first.id)).status).toBe(204)
      const { body } = await person.list(fleet.origin)
      expect(body.avatars.map((avatar) => avatar.id)).toEqual([second.id])
      expect(body.current?.id).toBe(second.id)
    })

    it('is found by everybody at one address, which leads to a drawing before and to the new one after each save', async () => {
      const person = await newPerson()
      const ask = (server: AppServer, question: string) =>
        fetch(`${server.origin}/avatars/of/${person.user}${question}`, { redirect: 'manual' })
      const drawn = await ask(fleet.server(0), '?s=64&d=initials')
      expect([drawn.status, await drawn.text()]).toEqual([200, expect.stringContaining('width="64" height="64"')])
      for (const colour of [
        [200, 40, 40],
        [40, 40, 200],
      ] as const) {
        const saved = await savePlain(person, colour)
        const answers = await Promise.all(
          ['/100', '?s=100', '?s=100&d=initials'].map((question, index) => ask(fleet.server(index), question)),
        )
        for (const { status, headers } of answers) {
          expect([status, headers.get('cache-control')]).toEqual([302, expect.stringContaining('max-age=60')])
          const picture = await fetchPicture(new URL(headers.get('location') ?? '', fleet.origin).href)
          expect(picture).toEqual(await fetchPicture(saved.sizes['192'] ?? ''))
          await expectColour(picture, colour)
        }
      }
    })

    it('is refused with a token that is expired, forged or foreign, before the bucket is asked', async () => {
      const [owner, stranger] = [await newPerson(), await newPerson()]
      const { token } = await upload(owner, await quartersPicture(400, 300))
      const crop = { x: 0, y: 0, width: 100, height: 100 }
      const cropOf = (person: Person, sent: string) => person.crop(fleet.origin, sent, crop)
      await ground.withoutBucket(async () => {
        expectProblem(await cropOf(owner, expired(token)), 403, 'token-expired')
        expectProblem(await cropOf(owner, signedByStrangers(token)), 403, 'token-invalid')
        expectProblem(await cropOf(owner, `${token}x`), 403, 'token-invalid')
        expectProblem(await cropOf(owner, 'not-a-token'), 403, 'token-invalid')
        expectProblem(await cropOf(stranger, token), 403, 'token-user-mismatch')
        expectProblem(await owner.save(fleet.origin, token), 409, 'step-out-of-order')
      })
      expect((await cropOf(owner, token)).status).toBe(200)
    })

    it('notices that the original was replaced between the steps', async () => {
      const person = await newPerson()
      const { token, file_relative_path } = await upload(person, await quartersPicture(400, 300))
      await ground.store.put(file_relative_path, await plainPicture([1, 2, 3]), { contentType: 'image/jpeg' })
      const reply = await person.crop(fleet.origin, token, { x: 0, y: 0, width: 100, height: 100 })
      expectProblem(reply, 409, 'original-changed')
    })

    it('says that a session is over when its original is gone', async () => {
      const person = await newPerson()
      const { token, file_relative_path } = await upload(person, await quartersPicture(400, 300))
      await ground.store.delete(file_relative_path)
      const reply = await person.crop(fleet.origin, token, { x: 0, y: 0, width: 100, height: 100 })
      expectProblem(reply, 410, 'session-expired')
    })

    it('refuses what is no picture, and stores nothing of it', async () => {
      const person = await newPerson()
      const reply = await person.upload(fleet.origin, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))
      expectProblem(reply, 415, 'image-unsupported')
      expect(await keysBelow(`tmp/avatars/${person.user}/`)).toEqual([])
    })

    it('tells which field of a crop is wrong, what was expected and what came', async () => {
      const person = await newPerson()
      const { token } = await upload(person, await quartersPicture(400, 300))
      const outside = await person.crop(fleet.origin, token, { x: 350, y: 0, width: 120, height: 120 })
      expectProblem(outside, 400, 'crop-out-of-bounds')
      const nonsense = await person.send(fleet.origin, 'POST', '/avatars/crop', {
        token,
        x: 'left',
        y: 0,
        width: 1,
        height: 1,
      })
      expectProblem(nonsense, 400, 'invalid-request')
      expect((nonsense.body as Problem).detail).toContain('x')
    })

    it('is nobody’s without signing in', async () => {
      const reply = await fetch(`${fleet.origin}/avatars`, { headers: { accept: 'application/json' } })
      expect(reply.status).toBe(401)
      expect(await reply.json()).toMatchObject({ code: 'unauthenticated' })
    })

    it('leaves the servers’ own folders as they were', async () => {
      const person = await newPerson()
      await savePlain(person, [10, 120, 10])
      expect(await fleet.leftovers()).toEqual([])
    })

    describeDirectUploads(() => ({ fleet, store: ground.addressed?.(fleet.origin) ?? ground.store, newPerson }))

    async function savePlain(person: Person, colour: Rgb) {
      const { token } = await upload(person, await plainPicture(colour))
      const crop = await cropped(person, token, 0, 0, 200)
      const saved = await person.save(fleet.origin, crop.token)
      expect(saved.status).toBe(200)
      return saved.body.avatar
    }
  })
}

function expectProblem(reply: Answer<unknown>, status: number, code: string): void {
  expect(reply.body).toMatchObject({ code, status })
  expect(reply.status).toBe(status)
}

async function restartAll(servers: readonly AppServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.restart()))
}

export async function fetchPicture(url: string | undefined): Promise<Buffer> {
  const reply = await fetch(url ?? 'no-url:')
  // The path alone: a query may be signed.
  expect(reply.status, `GET ${url?.split('?', 1)[0]}`).toBe(200)
  return Buffer.from(await reply.arrayBuffer())
}

async function expectColour(picture: Buffer, colour: Rgb): Promise<void> {
  const pixels = await decode(picture)
  const middle = Math.floor(pixels.width / 2)
  expect(distance(pixels.at(middle, middle), colour)).toBeLessThan(12)
}
