/**
 * Requests, bytes and time of upload, crop and save, beside the article's steps written out by hand, both on the same
 * Ceph cluster and in turn. Prints counts and ratios; asserts nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { AvatarCropper } from '@bucket-brigade/avatar-cropper'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { createBucket } from '../test/services/buckets.js'
import { type CephCluster, startCeph } from '../test/services/ceph.js'
import { type Recorder, startRecorder } from '../test/services/recorder.js'
import { ArticleFlow, type Square } from './article-flow.js'
import { photo } from './photo.js'

/** What one step cost. Bytes are those of the bodies between servers and bucket. */
interface Cost {
  readonly requests: number
  readonly megabytes: number
  readonly milliseconds: number
  readonly cpuMilliseconds: number
}

interface Contender {
  readonly name: string
  readonly steps: Readonly<Record<string, () => Promise<void>>>
}

const ROUNDS = 5
const EDGES = [512, 192, 96]
const SQUARE: Square = { x: 800, y: 400, edge: 2000 }

async function main(): Promise<void> {
  const { cluster, stop } = await startCeph()
  const recorder = await startRecorder(cluster.endpoints[0])
  const directory = await mkdtemp(join(tmpdir(), 'brigade-bench-'))
  try {
    const picture = await photo()
    console.log(
      `a photo of 4000 x 3000 pixels, ${megabytes(picture.length).toFixed(2)} MB; a crop of ${SQUARE.edge} pixels; edges ${EDGES.join(', ')}`,
    )
    const contenders = await openContenders(cluster, recorder, directory, picture)
    const costs = await measure(contenders, recorder)
    print(costs)
  } finally {
    await recorder.close()
    await stop()
    await rm(directory, { recursive: true, force: true })
  }
}

async function openContenders(
  cluster: CephCluster,
  recorder: Recorder,
  directory: string,
  picture: Buffer,
): Promise<readonly Contender[]> {
  const bucket = await createBucket(cluster)
  const { credentials, region } = cluster
  return [
    await ourContender(
      `s3://${bucket}?${new URLSearchParams({ endpoint: recorder.url, region })}`,
      bucket,
      cluster,
      picture,
    ),
    articleContender(
      new S3Client({
        endpoint: recorder.url,
        region,
        credentials,
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      }),
      bucket,
      directory,
      picture,
    ),
  ]
}

async function ourContender(url: string, name: string, cluster: CephCluster, picture: Buffer): Promise<Contender> {
  class Avatars extends BucketStore {
    readonly bucket = name
  }
  const store = new Avatars(openDriver(url, { credentials: cluster.credentials }))
  const secrets = ['a secret of this bench that is long enough']
  const cropper = await AvatarCropper.open({ store, secrets, edges: EDGES })
  const { x, y, edge } = SQUARE
  let token = ''
  return {
    name: 'bucket brigade',
    steps: {
      upload: async () => {
        token = (await cropper.upload('654', picture)).token
      },
      crop: async () => {
        token = (await cropper.crop(token, { x, y, width: edge, height: edge })).token
      },
      save: async () => {
        await cropper.save(token)
      },
    },
  }
}

function articleContender(client: S3Client, bucket: string, directory: string, picture: Buffer): Contender {
  const flow = new ArticleFlow(client, bucket, directory)
  let round = 0
  const name = () => `leo-${round}.jpg`
  return {
    name: 'the article by hand',
    steps: {
      upload: () => {
        round += 1
        return flow.upload(name(), picture)
      },
      crop: () => flow.crop(name(), SQUARE),
      save: () => flow.save(name(), EDGES),
    },
  }
}

/** Contenders in turn; the first round warms up and does not count. */
async function measure(
  contenders: readonly Contender[],
  recorder: Recorder,
): Promise<Map<string, Map<string, Cost[]>>> {
  const costs = new Map<string, Map<string, Cost[]>>()
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { name, steps } of contenders) {
      const own = costs.get(name) ?? new Map<string, Cost[]>()
      costs.set(name, own)
      for (const [step, run] of Object.entries(steps)) {
        const cost = await costOf(run, recorder)
        if (round > 0) own.set(step, [...(own.get(step) ?? []), cost])
      }
    }
  }
  return costs
}

async function costOf(run: () => Promise<void>, recorder: Recorder): Promise<Cost> {
  const before = recorder.requests.length
  const cpu = process.cpuUsage()
  const start = performance.now()
  await run()
  const milliseconds = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  const requests = recorder.requests.slice(before)
  const bytes = requests.reduce((sum, request) => sum + request.bytesSent + request.bytesReceived, 0)
  return {
    requests: requests.length,
    megabytes: megabytes(bytes),
    milliseconds,
    cpuMilliseconds: (user + system) / 1000,
  }
}

function print(costs: Map<string, Map<string, Cost[]>>): void {
  const rows = [...costs].flatMap(([name, steps]) => {
    const medians = [...steps].map(([step, all]) => ({ step, cost: medianOf(all) }))
    const total = { step: 'whole flow', cost: medians.map(({ cost }) => cost).reduce(sum) }
    return [...medians, total].map(({ step, cost }) => ({ contender: name, step, cost }))
  })
  console.table(
    rows.map(({ contender, step, cost }) => ({
      contender,
      step,
      requests: cost.requests,
      'MB moved': Number(cost.megabytes.toFixed(2)),
      ms: Math.round(cost.milliseconds),
      'CPU ms': Math.round(cost.cpuMilliseconds),
    })),
  )
  const [ours, theirs] = rows.filter(({ step }) => step === 'whole flow').map(({ cost }) => cost)
  if (!ours || !theirs) return
  const ratio = (pick: (cost: Cost) => number) => (pick(ours) / pick(theirs)).toFixed(2)
  console.log(
    `ours / by hand: requests ${ratio((cost) => cost.requests)}, bytes ${ratio((cost) => cost.megabytes)}, ` +
      `time ${ratio((cost) => cost.milliseconds)}, CPU ${ratio((cost) => cost.cpuMilliseconds)} (medians of ${ROUNDS} rounds; the CPU of the recorder in between is in both)`,
  )
}

function medianOf(costs: readonly Cost[]): Cost {
  const median = (pick: (cost: Cost) => number): number => {
    const sorted = costs.map(pick).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? 0
  }
  return {
    requests: median((cost) => cost.requests),
    megabytes: median((cost) => cost.megabytes),
    milliseconds: median((cost) => cost.milliseconds),
    cpuMilliseconds: median((cost) => cost.cpuMilliseconds),
  }
}

function sum(a: Cost, b: Cost): Cost {
  return {
    requests: a.requests + b.requests,
    megabytes: a.megabytes + b.megabytes,
    milliseconds: a.milliseconds + b.milliseconds,
    cpuMilliseconds: a.cpuMilliseconds + b.cpuMilliseconds,
  }
}

function megabytes(bytes: number): number {
  return bytes / 1e6
}

await main()
