import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createBucket, createPutGetListUser } from '../services/buckets.js'
import { startBalancer } from '../services/nginx.js'
import { type Recorder, startRecorder } from '../services/recorder.js'
import { describeAvatarJourneys, fetchPicture } from './avatar-journeys.js'
import { bucketUrl, type CephGround, openCephGround, serverEnvironment } from './ceph-ground.js'
import { Fleet } from './fleet.js'
import { type Avatar, Person } from './person.js'
import { decode, plainPicture, quartersPicture } from './pictures.js'

const cluster = inject('ceph')
const SQUARE = { x: 0, y: 0, width: 100, height: 100 }

describeAvatarJourneys('on Ceph behind nginx', () => openCephGround(cluster))

describe('servers that share a bucket on Ceph', () => {
  let recorder: Recorder
  let ground: CephGround
  let fleet: Fleet

  beforeAll(async () => {
    recorder = await startRecorder(cluster.endpoints[0])
    ground = await openCephGround(cluster, recorder.url)
    fleet = await Fleet.start(ground)
  })

  afterAll(async () => {
    await fleet?.stop()
    await ground?.close()
    await recorder?.close()
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

  it('refuse forged, foreign and misplaced tokens without asking the bucket', async () => {
    const [owner, stranger] = await Promise.all([
      Person.signIn(fleet.origin, 'owner'),
      Person.signIn(fleet.origin, 'stranger'),
    ])
    const { body } = await owner.upload(fleet.origin, await quartersPicture(400, 300))
    const before = recorder.requests.length
    const replies = await Promise.all([
      owner.crop(fleet.origin, `${body.token}x`, SQUARE),
      stranger.crop(fleet.origin, body.token, SQUARE),
      owner.save(fleet.origin, body.token),
    ])
    expect(replies.map((reply) => reply.status)).toEqual([403, 403, 409])
    expect(recorder.requests.slice(before)).toEqual([])
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
    const picture = await plainPicture([90, 20, 140])
    const tokens: string[] = []
    for (let index = 0; index < 40; index += 1) {
      const { body: uploaded } = await person.upload(fleet.origin, picture)
      const { body: cropped } = await person.crop(fleet.origin, uploaded.token, { ...SQUARE, x: index })
      tokens.push(cropped.token)
    }
    const replies = await Promise.all(tokens.map((token) => person.save(fleet.origin, token)))
    const saved = replies.filter((reply) => reply.status === 200).map((reply) => reply.body.avatar.id)
    for (const reply of replies.filter((one) => one.status !== 200)) {
      expect(reply.body).toMatchObject({ code: expect.stringMatching(/^(pointer-conflict|store-unavailable)$/) })
    }
    const { body: gallery } = await person.list(fleet.origin)
    const shown = gallery.avatars.map((avatar: Avatar) => avatar.id)
    expect(shown.slice().sort()).toEqual(saved.slice().sort())
    expect(new Set(shown).size).toBe(shown.length)
    // A refused one is not lost: the same call again ends in success.
    const refused = tokens.filter((_, index) => replies[index]?.status !== 200)
    for (const token of refused) expect((await person.save(fleet.origin, token)).status).toBe(200)
    expect((await person.list(fleet.origin)).body.avatars).toHaveLength(40)
  })
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
