/**
 * Listing a bucket of many objects on Ceph (20,000 in a full run): `BucketStore.list` beside the SDK's paginator, and beside signed requests
 * whose answers are only searched for keys, sizes and ETags. Prints what was seen; asserts nothing.
 */
import { Agent, get as httpGet } from 'node:http'
import { text } from 'node:stream/consumers'
import { ListObjectsV2Command, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { BucketStore } from '@bucket-brigade/core'
import { cephClient, createBucket } from '../test/services/buckets.js'
import { costOf, printCosts } from './cost.js'
import { inTurn } from './in-turn.js'
import { openStore } from './open-store.js'
import { atOnce } from './send-body.js'
import { type BenchSettings, benchSettings } from './settings.js'

/** Most of a quick run would go into writing them. */
const OBJECTS = { quick: 4000, full: 20_000 }
const ROUNDS = { quick: 5, full: 15 }

interface Contender {
  readonly name: string
  /** Lists everything, and says how many objects there are. */
  readonly list: () => Promise<number>
}

async function main({ cluster, length }: BenchSettings): Promise<void> {
  const bucket = await createBucket(cluster)
  const store = openStore(cluster, bucket)
  const client = cephClient(cluster)
  const objects = OBJECTS[length]
  const agent = new Agent({ keepAlive: true })
  try {
    await fill(store, objects)
    const contenders: readonly Contender[] = [
      { name: 'bucket brigade', list: () => listStore(store) },
      { name: "the SDK's paginator", list: () => paginate(client, bucket) },
      { name: 'signed requests by hand', list: () => listByHand(client, bucket, agent) },
    ]
    const measured = await inTurn(contenders, ROUNDS[length], ({ name, list }) =>
      costOf(async () => {
        const found = await list()
        if (found !== objects) throw new Error(`${name} found ${found} of ${objects} objects`)
      }),
    )
    console.log(`${objects} objects in pages of 1000; medians of ${ROUNDS[length]} rounds (least-most)`)
    printCosts([...measured].map(([{ name }, rounds]) => ({ name, rounds })))
  } finally {
    agent.destroy()
    client.destroy()
    await store.close()
  }
}

/** Names as an application has them: a person, and what belongs to them. */
async function fill(store: BucketStore, objects: number): Promise<void> {
  let written = 0
  await atOnce(32, objects, async () => {
    const index = written++
    await store.put(`uploads/users/${String(index % 500).padStart(4, '0')}/photo of the summer ${index}.jpg`, '')
  })
}

async function listStore(store: BucketStore): Promise<number> {
  let objects = 0
  for await (const { size } of store.list()) objects += size === 0 ? 1 : 0
  return objects
}

async function paginate(client: S3Client, bucket: string): Promise<number> {
  let objects = 0
  for await (const { Contents } of paginateListObjectsV2({ client }, { Bucket: bucket }))
    objects += Contents?.length ?? 0
  return objects
}

/** Knows no escapes, no retries and no errors: what remains of the work where they are left out. */
async function listByHand(client: S3Client, bucket: string, agent: Agent): Promise<number> {
  let objects = 0
  let cursor: string | undefined
  do {
    const command = new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: cursor })
    const page = await fetchText(await getSignedUrl(client, command), agent)
    for (const _ of page.matchAll(/<Key>([^<]*)<\/Key>.*?<ETag>([^<]*)<\/ETag><Size>(\d+)<\/Size>/gs)) objects += 1
    cursor = /<NextContinuationToken>([^<]*)</.exec(page)?.[1]
  } while (cursor !== undefined)
  return objects
}

function fetchText(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    httpGet(url, { agent }, (answer) => text(answer).then(resolve, reject)).once('error', reject)
  })
}

await main(benchSettings())
