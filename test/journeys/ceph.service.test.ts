import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createBucket, createPutGetListUser } from '../services/buckets.js'
import { startBalancer } from '../services/nginx.js'
import { describeAvatarJourneys, fetchPicture } from './avatar-journeys.js'
import { bucketUrl, type CephGround, openCephGround, serverEnvironment } from './ceph-ground.js'
import { Fleet } from './fleet.js'
import { Person } from './person.js'
import { decode, plainPicture, quartersPicture } from './pictures.js'
import { describePlainJourneys } from './plain-journeys.js'

/** What this test reads of `avatar.json`. */
interface Pointer {
  readonly current: { readonly id: string }
  readonly previous: readonly { readonly id: string }[]
  readonly operations: readonly { readonly id: string; readonly avatarId: string }[]
}

const cluster = inject('ceph')
const SQUARE = { x: 0, y: 0, width: 100, height: 100 }

describeAvatarJourneys('on Ceph behind nginx', () => openCephGround(cluster))
describePlainJourneys('on Ceph behind nginx', () => openCephGround(cluster))

describe('servers that share a bucket on Ceph', { retry: 0 }, () => {
  let ground: CephGround
  let fleet: Fleet

  beforeAll(async () => {
    ground = await openCephGround(cluster)
    fleet = await Fleet.start(ground)
  })

  afterAll(async () => {
    await fleet?.stop()
    await ground?.close()
  })

  it('show previews that need no server', async () => {
    const person = await Person.signIn(fleet.origin, 'preview')
    const { body: uploaded } = await person.upload(fleet.origin, await quartersPicture(400, 300))
    const { body: cropped } = await person.crop(fleet.origin, uploaded.token, SQUARE)
    await Promise.all(fleet.servers.map((server) => server.kill()))
    const [original, preview] = [await fetchPicture(uploaded.preview), await fetchPicture(cropped.preview)]
    await Promise.all(fleet.servers.map((server) => server.restart()))
    expect(await decode(original)).toMatchObject({ width: 400, height: 300 })
    const pixels = await decode(preview)
    expect(pixels.width).toBe(pixels.height)
  })

  it('never let the original or the pointer be read by strangers', async () => {
    const person = await Person.signIn(fleet.origin, 'private')
    const { body } = await person.upload(fleet.origin, await quartersPicture(400, 300))
    const { body: cropped } = await person.crop(fleet.origin, body.token, SQUARE)
    await person.save(fleet.origin, cropped.token)
    const keys = (await ground.store.list('').toArray())
      .map((object) => object.key)
      .filter((key) => key.includes('/private/'))
    expect(keys.length).toBeGreaterThan(4)
    for (const key of keys) {
      const reply = await fetch(`${cluster.endpoints[0]}/${ground.bucket}/${key}`)
      await reply.arrayBuffer()
      expect(reply.status, key).toBe(key.startsWith('uploads/') ? 200 : 403)
    }
  })

  it('answer 40 racing saves of one person definitely, each success once in the pointer', async () => {
    const person = await Person.signIn(fleet.origin, 'racer')
    const { body: uploaded } = await person.upload(fleet.origin, await plainPicture([90, 20, 140]))
    const crops = Array.from({ length: 40 }, (_, x) => person.crop(fleet.origin, uploaded.token, { ...SQUARE, x }))
    const tokens = (await Promise.all(crops)).map((reply) => reply.body.token)
    const replies = await Promise.all(tokens.map((token) => person.save(fleet.origin, token)))
    const saved = replies.filter((reply) => reply.status === 200).map((reply) => reply.body.avatar.id)
    for (const reply of replies.filter((one) => one.status !== 200)) {
      expect(reply.body).toMatchObject({ code: expect.stringMatching(/^(pointer-conflict|store-unavailable)$/) })
    }
    const { operations, current, previous } = await pointerOf('racer')
    expect(operations.map(({ avatarId }) => avatarId).sort()).toEqual(saved.sort())
    expect(new Set(operations.map(({ id }) => id)).size).toBe(saved.length)
    expect([current, ...previous].map(({ id }) => id).sort()).toEqual(saved)
    // A refused one is not lost: the same call again ends in success.
    const refused = tokens.filter((_, index) => replies[index]?.status !== 200)
    for (const token of refused) expect((await person.save(fleet.origin, token)).status).toBe(200)
    expect((await person.list(fleet.origin)).body.avatars).toHaveLength(40)
  })

  async function pointerOf(user: string) {
    const { body } = await ground.store.get(`state/avatars/${user}/avatar.json`)
    const pointer: Pointer = JSON.parse(await text(body))
    return pointer
  }
})

it('the flow needs no other rights than s3:Put*, s3:Get* and s3:List*', async () => {
  const bucket = await createBucket(cluster)
  const credentials = await createPutGetListUser(cluster, bucket)
  const url = bucketUrl(cluster, bucket, cluster.endpoints[0])
  const fleet = await Fleet.start({ balance: startBalancer, env: () => serverEnvironment(url, credentials) })
  try {
    const person = await Person.signIn(fleet.origin, 'modest')
    const { body: uploaded } = await person.upload(fleet.origin, await quartersPicture(400, 300))
    const { body: cropped } = await person.crop(fleet.origin, uploaded.token, SQUARE)
    const saved = await person.save(fleet.origin, cropped.token)
    expect(saved.status).toBe(200)
    const { body: gallery } = await person.list(fleet.origin)
    expect(gallery.current?.id).toBe(saved.body.avatar.id)
    await fetchPicture(cropped.preview)
  } finally {
    await fleet.stop()
  }
})
