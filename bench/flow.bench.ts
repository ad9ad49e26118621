/**
 * Requests, bytes and time of upload, crop and save, beside the article's steps written out by hand, both on the same
 * Ceph cluster and in turn. Prints counts and ratios; asserts nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AvatarCropper } from '@bucket-brigade/avatar-cropper'
import { cephClient, createBucket } from '../test/services/buckets.js'
import type { CephCluster } from '../test/services/ceph.js'
import { type Recorder, startRecorder } from '../test/services/recorder.js'
import { ArticleFlow, type Square } from './article-flow.js'
import { type Cost, costOf } from './cost.js'
import { median } from './figures.js'
import { inTurn } from './in-turn.js'
import { openStore } from './open-store.js'
import { photo } from './photo.js'
import { type BenchSettings, benchSettings } from './settings.js'

/** What one step took. Bytes are those of the bodies between servers and bucket. */
interface StepCost extends Cost {
  readonly requests: number
  readonly megabytes: number
}

interface Contender {
  readonly name: string
  readonly steps: Readonly<Record<string, () => Promise<void>>>
}

const ROUNDS = { quick: 5, full: 25 }
const EDGES = [512, 192, 96]
const SQUARE: Square = { x: 800, y: 400, edge: 2000 }

async function main({ cluster, length }: BenchSettings): Promise<void> {
  const recorder = await startRecorder(cluster.endpoints[0])
  const directory = await mkdtemp(join(tmpdir(), 'brigade-bench-'))
  try {
    const picture = await photo()
    console.log(
      `a photo of 4000 x 3000 pixels, ${megabytes(picture.length).toFixed(2)} MB; a crop of ${SQUARE.edge} pixels; edges ${EDGES.join(', ')}`,
    )
    const recorded: CephCluster = { ...cluster, endpoints: [recorder.url, recorder.url] }
    const bucket = await createBucket(cluster)
    const contenders = [
      await ourContender(recorded, bucket, picture),
      articleContender(new ArticleFlow(cephClient(recorded), bucket, directory), picture),
    ]
    print(await inTurn(contenders, ROUNDS[length], (contender) => measure(contender, recorder)), ROUNDS[length])
  } finally {
    await recorder.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function ourContender(cluster: CephCluster, bucket: string, picture: Buffer): Promise<Contender> {
  const secrets = ['a secret of this bench that is long enough']
  const cropper = await AvatarCropper.open({ store: openStore(cluster, bucket), secrets, edges: EDGES })
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

function articleContender(flow: ArticleFlow, picture: Buffer): Contender {
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

async function measure({ steps }: Contender, recorder: Recorder): Promise<readonly StepCost[]> {
  const costs: StepCost[] = []
  for (const run of Object.values(steps)) {
    const before = recorder.requests.length
    const cost = await costOf(run)
    const requests = recorder.requests.slice(before)
    const bytes = requests.reduce((sum, request) => sum + request.bytesSent + request.bytesReceived, 0)
    costs.push({ ...cost, requests: requests.length, megabytes: megabytes(bytes) })
  }
  return costs
}

function print(measured: ReadonlyMap<Contender, readonly (readonly StepCost[])[]>, rounds: number): void {
  const rows = [...measured].flatMap(([{ name, steps }, costs]) => {
    const medians = Object.keys(steps).map((step, index) => ({
      step,
      cost: medianOf(costs.flatMap((round) => round[index] ?? [])),
    }))
    const total = { step: 'whole flow', cost: medians.map(({ cost }) => cost).reduce(sum) }
    return [...medians, total].map((row) => ({ contender: name, ...row }))
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
  const ratio = (pick: (cost: StepCost) => number) => (pick(ours) / pick(theirs)).toFixed(2)
  console.log(
    `ours / by hand: requests ${ratio((cost) => cost.requests)}, bytes ${ratio((cost) => cost.megabytes)}, ` +
      `time ${ratio((cost) => cost.milliseconds)}, CPU ${ratio((cost) => cost.cpuMilliseconds)} (medians of ${rounds} rounds; the CPU of the recorder in between is in both)`,
  )
}

function medianOf(costs: readonly StepCost[]): StepCost {
  return {
    requests: median(costs.map(({ requests }) => requests)),
    megabytes: median(costs.map((cost) => cost.megabytes)),
    milliseconds: median(costs.map(({ milliseconds }) => milliseconds)),
    cpuMilliseconds: median(costs.map(({ cpuMilliseconds }) => cpuMilliseconds)),
  }
}

function sum(a: StepCost, b: StepCost): StepCost {
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

await main(benchSettings())
