/**
 * Uploads through a server to S3: `receiveForm` with `BucketStore.put` beside multer-s3, beside a bare body that is piped
 * on by hand, and beside the client that puts the bytes into the bucket itself. On Ceph for the throughput; on a sink that
 * drops every byte for what the servers' own work costs. Prints what was seen; asserts nothing.
 */
import type { Agent } from 'node:http'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { createBucket } from '../test/services/buckets.js'
import { ratio, short, withSpread } from './figures.js'
import { type FormServerSettings, TARGET_HEADER } from './form-server-settings.js'
import { inTurn } from './in-turn.js'
import { atOnce, bodyOf, formOf, openAgent, send } from './send-body.js'
import { type ServerProcess, startServer } from './server-process.js'
import { type BenchSettings, benchSettings } from './settings.js'

const AT_ONCE = 8
const CASES = [
  { name: '100 KB', bytes: 100_000, uploads: { quick: 400, full: 800 } },
  { name: '2 MB', bytes: 2_000_000, uploads: { quick: 40, full: 160 } },
  { name: '20 MB', bytes: 20_000_000, uploads: { quick: 8, full: 8 } },
] as const
const ROUNDS = { quick: 3, full: 7 }
const SERVERS = ['bucket brigade', 'multer-s3', 'piped by hand'] as const
const DIRECT = 'direct to the bucket'

type Case = (typeof CASES)[number]
type Target = Omit<FormServerSettings, 'contender'>

interface Contender {
  readonly name: string
  /** None where the client talks to the bucket itself. */
  readonly server: ServerProcess | undefined
  /** One upload; those of one place come one after the other, to the same key. */
  readonly upload: (place: number) => Promise<void>
}

interface Round {
  readonly megabytesPerSecond: number
  readonly cpuMilliseconds: number | undefined
}

async function main({ cluster, length }: BenchSettings): Promise<void> {
  const { credentials, region } = cluster
  const bucket = await createBucket(cluster)
  await compare('Ceph', { bucket, endpoint: cluster.endpoints[0], region, credentials }, length)
  const sink = await startServer('sink-server.js')
  try {
    await compare('a sink that drops every byte', { bucket, endpoint: sink.url, region, credentials }, length)
  } finally {
    await sink.stop()
  }
}

async function compare(where: string, target: Target, length: BenchSettings['length']): Promise<void> {
  console.log(`\n${AT_ONCE} uploads at once, to ${where}; medians of ${ROUNDS[length]} rounds (least-most)`)
  for (const size of CASES) {
    const agent = openAgent()
    const contenders = await openContenders(size, target, agent)
    try {
      const rounds = await inTurn(contenders, ROUNDS[length], (contender) =>
        measure(contender, size, size.uploads[length]),
      )
      await print(size, rounds)
    } finally {
      agent.destroy()
      for (const { server } of contenders) await server?.stop()
    }
  }
}

async function openContenders({ bytes }: Case, target: Target, agent: Agent): Promise<readonly Contender[]> {
  const file = Buffer.alloc(bytes, 'brigade ')
  const [form, body] = [formOf(file), bodyOf(file)]
  const addresses = await signedAddresses(target, bytes)
  const addressOf = (place: number) => addresses[place] ?? ''
  const throughServers = SERVERS.map(async (name): Promise<Contender> => {
    const server = await startServer('form-server.js', { contender: name, ...target } satisfies FormServerSettings)
    const upload = (place: number) =>
      name === 'piped by hand'
        ? send(server.url, { ...body, headers: { [TARGET_HEADER]: addressOf(place) } }, agent)
        : send(`${server.url}/${place}`, form, agent)
    return { name, server, upload }
  })
  const direct = { name: DIRECT, server: undefined, upload: (place: number) => send(addressOf(place), body, agent) }
  return [direct, ...(await Promise.all(throughServers))]
}

async function signedAddresses(target: Target, bytes: number): Promise<readonly string[]> {
  const { bucket: Bucket, ...config } = target
  const client = new S3Client({ ...config, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' })
  const sign = (place: number) =>
    getSignedUrl(client, new PutObjectCommand({ Bucket, Key: `direct/${place}`, ContentLength: bytes }))
  return Promise.all(Array.from({ length: AT_ONCE }, (_, place) => sign(place)))
}

async function measure({ server, upload }: Contender, { bytes }: Case, uploads: number): Promise<Round> {
  const before = await server?.usage()
  const start = performance.now()
  await atOnce(AT_ONCE, uploads, upload)
  const seconds = (performance.now() - start) / 1000
  const after = await server?.usage()
  return {
    megabytesPerSecond: (uploads * bytes) / 1e6 / seconds,
    cpuMilliseconds: before && after && (after.cpuMilliseconds - before.cpuMilliseconds) / uploads,
  }
}

async function print(size: Case, measured: ReadonlyMap<Contender, readonly Round[]>): Promise<void> {
  const rows = [...measured].map(([contender, rounds]) => ({
    ...contender,
    rates: rounds.map(({ megabytesPerSecond }) => megabytesPerSecond),
    costs: rounds.flatMap(({ cpuMilliseconds }) => cpuMilliseconds ?? []),
  }))
  const direct = rows.find(({ name }) => name === DIRECT)?.rates ?? []
  console.log(size.name)
  const table = rows.map(async ({ name, server, rates, costs }) => [
    name,
    {
      'MB/s': withSpread(rates),
      'of direct': short(ratio(rates, direct)),
      'CPU ms per upload': server ? withSpread(costs) : '',
      'MB of memory at most': server ? Math.round((await server.usage()).maxMegabytes) : '',
    },
  ])
  console.table(Object.fromEntries(await Promise.all(table)))
  const [ours, theirs] = SERVERS.map((contender) => rows.find(({ name }) => name === contender))
  if (!ours || !theirs) return
  console.log(
    `bucket brigade / multer-s3: throughput ${short(ratio(ours.rates, theirs.rates))}, CPU ${short(ratio(ours.costs, theirs.costs))}` +
      ` (best round against best: ${short(Math.min(...ours.costs) / Math.min(...theirs.costs))})`,
  )
}

await main(benchSettings())
