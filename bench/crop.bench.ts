/**
 * How long `crop` and `save` of a 12-megapixel photo take, beside the least that has to be done for them by hand: GET,
 * sharp, PUT, without a token, a check, a pin or a pointer. One at a time, on Ceph. Prints what was seen; asserts nothing.
 */

import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { AvatarCropper } from '@bucket-brigade/avatar-cropper'
import sharp from 'sharp'
import { cephClient, createBucket } from '../test/services/buckets.js'
import type { CephCluster } from '../test/services/ceph.js'
import { type Cost, costOf, printCosts } from './cost.js'
import { inTurn } from './in-turn.js'
import { openStore } from './open-store.js'
import { photo } from './photo.js'
import { type BenchSettings, benchSettings } from './settings.js'

const ROUNDS = { quick: 7, full: 25 }
const EDGES = [512, 192, 96]
const QUALITY = 85
const SQUARE = { x: 800, y: 400, edge: 2000 }
const STEPS = ['crop', 'save'] as const

type Step = (typeof STEPS)[number]

interface Contender {
  readonly name: string
  readonly steps: Readonly<Record<Step, () => Promise<unknown>>>
}

async function main({ cluster, length }: BenchSettings): Promise<void> {
  const bucket = await createBucket(cluster)
  const picture = await photo()
  const contenders = [await openOurs(cluster, bucket, picture), await openByHand(cluster, bucket, picture)]
  const rounds = ROUNDS[length]
  console.log(
    `a photo of 4000 x 3000 pixels, ${(picture.length / 1e6).toFixed(2)} MB; a crop of ${SQUARE.edge} pixels; medians of ${rounds} rounds (least-most)`,
  )
  print(await inTurn(contenders, rounds, measure))
}

/** Each round crops anew, so that no round meets what an earlier one has stored. */
async function openOurs(cluster: CephCluster, bucket: string, picture: Buffer): Promise<Contender> {
  const secrets = ['a secret of this bench that is long enough']
  const cropper = await AvatarCropper.open({
    store: openStore(cluster, bucket),
    secrets,
    edges: EDGES,
    quality: QUALITY,
  })
  const { token } = await cropper.upload('654', picture)
  const { y, edge } = SQUARE
  let x = SQUARE.x
  let cropped = token
  return {
    name: 'bucket brigade',
    steps: {
      crop: async () => {
        cropped = (await cropper.crop(token, { x: x++, y, width: edge, height: edge })).token
      },
      save: () => cropper.save(cropped),
    },
  }
}

async function openByHand(cluster: CephCluster, Bucket: string, picture: Buffer): Promise<Contender> {
  const client = cephClient(cluster)
  const put = (Key: string, Body: Buffer) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'image/jpeg' }))
  const cut = async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'by-hand/original' }))
    const { x, y, edge } = SQUARE
    return sharp(await buffer(Body as Readable))
      .autoOrient()
      .extract({ left: x, top: y, width: edge, height: edge })
  }
  await put('by-hand/original', picture)
  return {
    name: 'by hand',
    steps: {
      crop: async () => {
        const preview = (await cut()).resize(512, 512).jpeg({ quality: QUALITY })
        await put('by-hand/preview', await preview.toBuffer())
      },
      save: async () => {
        const cropped = await cut()
        const save = async (edge: number) =>
          put(`by-hand/${edge}`, await cropped.clone().resize(edge, edge).jpeg({ quality: QUALITY }).toBuffer())
        await Promise.all(EDGES.map(save))
      },
    },
  }
}

async function measure({ steps }: Contender): Promise<Readonly<Record<Step, Cost>>> {
  return { crop: await costOf(steps.crop), save: await costOf(steps.save) }
}

function print(measured: ReadonlyMap<Contender, readonly Readonly<Record<Step, Cost>>[]>): void {
  for (const step of STEPS) {
    console.log(step)
    printCosts([...measured].map(([{ name }, rounds]) => ({ name, rounds: rounds.map((round) => round[step]) })))
  }
}

await main(benchSettings())
