/**
 * One contender of form-memory.bench.ts, in a process of its own: takes forms on a free port and stores their file on
 * Ceph. `GET /` tells the most memory it ever had.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { S3Client } from '@aws-sdk/client-s3'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { receiveForm } from '@bucket-brigade/express'
import express, { type RequestHandler } from 'express'
import multer from 'multer'
import multerS3 from 'multer-s3'

/** What a contender is told on its command line. */
export interface ServerSettings {
  readonly contender: 'bucket brigade' | 'multer-s3'
  readonly bucket: string
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

function ours({ bucket, endpoint, region, credentials }: ServerSettings): RequestHandler {
  class Files extends BucketStore {
    readonly bucket = bucket
  }
  const driver = openDriver(`s3://${bucket}?${new URLSearchParams({ endpoint, region })}`, { credentials })
  const store = new Files(driver)
  return async (req, res) => {
    const options = { maxFileBytes: 100_000_000, position: 'last' } as const
    const { result } = await receiveForm(req, options, ({ stream, length }) =>
      store.put(`ours/${crypto.randomUUID()}`, stream, length === undefined ? {} : { contentLength: length }),
    )
    res.json(result)
  }
}

function theirs({ bucket, endpoint, region, credentials }: ServerSettings): RequestHandler[] {
  const s3 = new S3Client({
    ...{ endpoint, region, credentials, forcePathStyle: true },
    ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
  })
  const storage = multerS3({ s3, bucket, key: (_req, _file, done) => done(null, `theirs/${crypto.randomUUID()}`) })
  return [multer({ storage }).single('file'), (_req, res) => void res.json({})]
}

async function main(settings: ServerSettings): Promise<void> {
  const app = express()
  app.post('/', settings.contender === 'multer-s3' ? theirs(settings) : ours(settings))
  app.get('/', (_req, res) => void res.json({ maxRssKilobytes: process.resourceUsage().maxRSS }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
}

await main(JSON.parse(process.argv[2] ?? '{}') as ServerSettings)
