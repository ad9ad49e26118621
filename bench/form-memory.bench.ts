/**
 * The memory of a server that takes 32 forms of 50 MB at once (20 MB in a quick run) and stores their files on Ceph: `receiveForm` beside
 * multer-s3, one after the other, each in a process of its own. Prints what was seen; asserts nothing.
 */
import { createBucket } from '../test/services/buckets.js'
import { short } from './figures.js'
import type { FormServerSettings } from './form-server-settings.js'
import { atOnce, formOf, openAgent, send } from './send-body.js'
import { startServer } from './server-process.js'
import { type BenchSettings, benchSettings } from './settings.js'

const UPLOADS = 32
const FILE_BYTES = { quick: 20_000_000, full: 50_000_000 }
/** What a server may take for all of them: what it needs anyway, and less than 5 MB for each. */
const LIMIT_IN_MEGABYTES = 256
const CONTENDERS = ['bucket brigade', 'multer-s3'] as const

interface Seen {
  readonly contender: string
  readonly 'MB before': number
  readonly 'MB at most': number
  readonly 'MB/s': number
}

async function main({ cluster, length }: BenchSettings): Promise<void> {
  const bucket = await createBucket(cluster)
  const { credentials, region } = cluster
  const fileBytes = FILE_BYTES[length]
  const seen: Seen[] = []
  for (const contender of CONTENDERS) {
    seen.push(await measure({ contender, bucket, endpoint: cluster.endpoints[0], region, credentials }, fileBytes))
  }
  console.log(`${UPLOADS} uploads of ${fileBytes / 1e6} MB at once through the server; peak of the resident memory`)
  console.table(seen)
  const [ours, theirs] = seen
  if (!ours || !theirs) return
  const ratio = (name: 'MB at most' | 'MB/s') => short(ours[name] / theirs[name])
  const kept = ours['MB at most'] <= LIMIT_IN_MEGABYTES ? 'kept' : 'NOT kept'
  console.log(`limit ${LIMIT_IN_MEGABYTES} MB: ${kept}`)
  console.log(`ours / multer-s3: memory ${ratio('MB at most')}, throughput ${ratio('MB/s')}`)
}

async function measure(settings: FormServerSettings, fileBytes: number): Promise<Seen> {
  const server = await startServer('form-server.js', settings)
  const agent = openAgent()
  try {
    const before = await server.usage()
    const form = formOf(Buffer.alloc(fileBytes, 'brigade '))
    const start = performance.now()
    await atOnce(UPLOADS, UPLOADS, (place) => send(`${server.url}/${place}`, form, agent))
    const seconds = (performance.now() - start) / 1000
    return {
      contender: settings.contender,
      'MB before': Math.round(before.maxMegabytes),
      'MB at most': Math.round((await server.usage()).maxMegabytes),
      'MB/s': Math.round((UPLOADS * fileBytes) / 1e6 / seconds),
    }
  } finally {
    agent.destroy()
    await server.stop()
  }
}

await main(benchSettings())
