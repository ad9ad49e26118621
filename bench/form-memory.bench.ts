/**
 * The memory of a server that takes 32 forms of 50 MB at once and stores their files on Ceph: `receiveForm` beside
 * multer-s3, one after the other, each in a process of its own. Prints what was seen; asserts nothing.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBucket } from '../test/services/buckets.js'
import { type CephCluster, startCeph } from '../test/services/ceph.js'
import type { ServerSettings } from './form-memory-server.js'

const UPLOADS = 32
const FILE_BYTES = 50_000_000
/** What a server may take for all of them: what it needs anyway, and less than 5 MB for each. */
const LIMIT_IN_MEGABYTES = 256
const BOUNDARY = 'brigade-bench'
const CHUNK = Buffer.alloc(64 * 1024, 'brigade ')
const CONTENDERS = ['bucket brigade', 'multer-s3'] as const

interface Seen {
  readonly contender: string
  readonly 'MB before': number
  readonly 'MB at most': number
  readonly 'MB/s': number
}

async function main(): Promise<void> {
  const { cluster, stop } = await startCeph()
  try {
    const bucket = await createBucket(cluster)
    const seen: Seen[] = []
    for (const contender of CONTENDERS) seen.push(await measure(contender, bucket, cluster))
    console.log(`${UPLOADS} uploads of ${FILE_BYTES / 1e6} MB at once through the server; peak of the resident memory`)
    console.table(seen)
    const [ours, theirs] = seen
    if (ours && theirs) {
      const ratio = (name: 'MB at most' | 'MB/s') => (ours[name] / theirs[name]).toFixed(2)
      const kept = ours['MB at most'] <= LIMIT_IN_MEGABYTES ? 'kept' : 'NOT kept'
      console.log(`limit ${LIMIT_IN_MEGABYTES} MB: ${kept}`)
      console.log(`ours / multer-s3: memory ${ratio('MB at most')}, throughput ${ratio('MB/s')}`)
    }
  } finally {
    await stop()
  }
}

async function measure(contender: ServerSettings['contender'], bucket: string, cluster: CephCluster): Promise<Seen> {
  const { credentials, region } = cluster
  const settings: ServerSettings = { contender, bucket, endpoint: cluster.endpoints[0], region, credentials }
  const file = fileURLToPath(new URL('form-memory-server.js', import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [port] = (await once(createInterface(child.stdout), 'line')) as [string]
    const url = `http://127.0.0.1:${port}/`
    const before = await megabytesOf(url)
    const start = performance.now()
    await Promise.all(Array.from({ length: UPLOADS }, () => upload(url)))
    const seconds = (performance.now() - start) / 1000
    return {
      contender,
      'MB before': before,
      'MB at most': await megabytesOf(url),
      'MB/s': Math.round((UPLOADS * FILE_BYTES) / 1e6 / seconds),
    }
  } finally {
    const gone = once(child, 'exit')
    child.kill()
    await gone
  }
}

/** Sends one form, as fast as the server takes it. */
async function upload(url: string): Promise<void> {
  const head = Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`)
  const req = request(url, {
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': head.length + FILE_BYTES + tail.length,
    },
  })
  const answered = once(req, 'response') as Promise<[Readable & { readonly statusCode?: number }]>
  const [[answer]] = await Promise.all([
    answered,
    pipeline(Readable.from(formOf(head, tail), { objectMode: false }), req),
  ])
  answer.resume()
  await once(answer, 'end')
  if (answer.statusCode !== 200) throw new Error(`an upload was answered ${answer.statusCode}`)
}

function* formOf(head: Buffer, tail: Buffer): Generator<Buffer> {
  yield head
  for (let left = FILE_BYTES; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(left, CHUNK.length))
  yield tail
}

async function megabytesOf(url: string): Promise<number> {
  const { maxRssKilobytes } = (await (await fetch(url)).json()) as { readonly maxRssKilobytes: number }
  return Math.round((maxRssKilobytes * 1024) / 1e6)
}

await main()
