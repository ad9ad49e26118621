import { Readable } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { S3Driver } from '../../../src/drivers/s3/index.js'
import { awsDriver } from './as-aws.js'
import { answer, type ScriptedService, startScriptedService } from './scripted-service.js'

const at = { bucket: 'pictures', key: 'a' }
const bytes = { kind: 'bytes', bytes: Buffer.from('abc') } as const

async function service(): Promise<ScriptedService> {
  const started = await startScriptedService(answer(200, { etag: '"a"', 'content-length': '0' }))
  onTestFinished(() => started.stop())
  return started
}

/** Every kind of request that the SDK would put a checksum on, or ask for one. */
async function doEverything(driver: S3Driver): Promise<void> {
  const stream = { kind: 'stream', stream: Readable.from([Buffer.from('abc')]), length: 3 } as const
  await driver.put(at, bytes, { attributes: {}, mode: 'overwrite' })
  await driver.put(at, stream, { attributes: {}, mode: 'overwrite' })
  await driver.uploadPart(at, 'upload', 1, bytes, {})
  await driver.deleteMany('pictures', ['a', 'b'], {})
  const { body } = await driver.get(at, {})
  body.resume()
}

function checksums({ requests }: ScriptedService): string[][] {
  return requests.map(({ headers }) => Object.keys(headers).filter((name) => /checksum|trailer/.test(name)))
}

describe('checksums', () => {
  it('are neither sent to services other than AWS, nor asked of them', async () => {
    const other = await service()
    await doEverything(other.driver())
    expect(checksums(other)).toEqual([[], [], [], [], []])
    expect(other.requests[3]?.headers['content-md5']).toBeTruthy()
    expect(other.requests.map(({ headers }) => headers['content-encoding'])).not.toContain('aws-chunked')
  })

  it('are sent to AWS, and elsewhere where the option says so', async () => {
    const aws = await service()
    await awsDriver(aws).put(at, bytes, { attributes: {}, mode: 'overwrite' })
    expect(aws.requests[0]?.headers).toHaveProperty('x-amz-checksum-crc32')
    const other = await service()
    await other.driver({ checksums: 'when-supported' }).put(at, bytes, { attributes: {}, mode: 'overwrite' })
    expect(other.requests[0]?.headers).toHaveProperty('x-amz-checksum-crc32')
  })

  it('never are in a presigned address, wherever it leads and whoever made the client', async () => {
    const { S3Client } = await import('@aws-sdk/client-s3')
    const started = await service()
    const client = new S3Client({ region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
    onTestFinished(() => client.destroy())
    const pins = { contentType: 'image/png', expiresInSeconds: 60 } as const
    const part = { kind: 'part', uploadId: 'u', partNumber: 1, contentLength: 3, expiresInSeconds: 60 } as const
    for (const options of [{}, { checksums: 'when-supported' }, { client, endpoint: undefined }] as const) {
      for (const driver of [started.driver(options), awsDriver(started, options)]) {
        const made = await Promise.all([
          driver.signedUrl(at, { method: 'GET', expiresInSeconds: 60 }),
          driver.signedUrl(at, { method: 'HEAD', expiresInSeconds: 60 }),
          driver.presignUpload(at, { ...pins, kind: 'put', contentLength: 3, mode: 'create' }),
          driver.presignUpload(at, { ...pins, kind: 'post', minBytes: 1, maxBytes: 3 }),
          driver.presignUpload(at, part),
        ])
        expect(JSON.stringify(made)).not.toMatch(/checksum/i)
      }
    }
  })
})
