/** One contender of upload.bench.ts and form-memory.bench.ts: takes uploads and stores their file. */
import { request as httpRequest, type RequestListener } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { S3Client } from '@aws-sdk/client-s3'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { receiveForm } from '@bucket-brigade/express'
import express from 'express'
import multer from 'multer'
import multerS3 from 'multer-s3'
import { type FormServerSettings, TARGET_HEADER } from './form-server-settings.js'
import { serve } from './server-process.js'

/** Keys that multer-s3 writes again and again, so that the cluster has room for all rounds. */
const KEYS = 32

function ours({ bucket, endpoint, region, credentials }: FormServerSettings): RequestListener {
  class Files extends BucketStore {
    readonly bucket = bucket
  }
  const driver = openDriver(`s3://${bucket}?${new URLSearchParams({ endpoint, region })}`, { credentials })
  const store = new Files(driver)
  return express().post('/:key', async (req, res) => {
    const options = { maxFileBytes: 100_000_000, position: 'last' } as const
    const { result } = await receiveForm(req, options, ({ stream, length }) =>
      store.put(`ours/${req.params.key}`, stream, length === undefined ? {} : { contentLength: length }),
    )
    res.json(result)
  })
}

function theirs({ bucket, endpoint, region, credentials }: FormServerSettings): RequestListener {
  const s3 = new S3Client({
    ...{ endpoint, region, credentials, forcePathStyle: true },
    ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
  })
  let uploads = 0
  const key = () => `theirs/${uploads++ % KEYS}`
  const storage = multerS3({ s3, bucket, key: (_req, _file, done) => done(null, key()) })
  return express().post('/:key', multer({ storage }).single('file'), (req, res) => void res.json(req.file))
}

/** What remains of the work where there is no form to parse, nothing to sign and nothing to check. */
function byHand(): RequestListener {
  return (req, res) => {
    const put = httpRequest(String(req.headers[TARGET_HEADER]), {
      method: 'PUT',
      headers: { 'content-length': req.headers['content-length'] },
    })
    put.once('response', (answer) => {
      res.writeHead(answer.statusCode ?? 500)
      answer.pipe(res)
    })
    pipeline(req, put).catch((error: Error) => res.destroy(error))
  }
}

const settings = JSON.parse(process.argv[2] ?? '{}') as FormServerSettings
const listeners = { 'bucket brigade': ours, 'multer-s3': theirs, 'piped by hand': byHand }
await serve(listeners[settings.contender](settings))
