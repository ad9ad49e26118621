import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { S3Driver } from '../../../src/drivers/s3/index.js'
import { BucketStore } from '../../../src/store/bucket-store.js'
import {
  type Answer,
  answer,
  CREDENTIALS,
  failure,
  type ScriptedService,
  startScriptedService,
  xml,
} from './scripted-service.js'

class Pictures extends BucketStore {
  readonly bucket = 'pictures'
}

let service: ScriptedService
afterEach(() => service.stop())

async function pictures(...answers: readonly [Answer, ...Answer[]]): Promise<Pictures> {
  service = await startScriptedService(...answers)
  return new Pictures(service.driver())
}

async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work.catch((raw: unknown) => raw)
  if (!(error instanceof Error && 'code' in error)) throw new Error(`expected a StoreError, received ${String(error)}`)
  return { code: String(error.code), message: error.message }
}

describe('bodies', () => {
  it('of a stream are one request of announced length, without waiting for leave and without a checksum', async () => {
    const store = await pictures(answer(200, { etag: '"a"' }))
    const body = Readable.from([Buffer.alloc(3_000_000, 'x')])
    expect(await store.put('large', body, { contentLength: 3_000_000 })).toMatchObject({ etag: '"a"', size: 3_000_000 })
    const [request] = service.requests
    expect(request?.headers).toMatchObject({ 'content-length': '3000000', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })
    expect(Object.keys(request?.headers ?? {}).join()).not.toMatch(/checksum|expect|transfer-encoding/)
  })

  it('of a stream are never sent twice', async () => {
    const store = await pictures(failure(503, 'SlowDown'))
    const failed = await refusal(store.put('large', Readable.from([Buffer.from('abc')]), { contentLength: 3 }))
    expect(failed.code).toBe('unavailable')
    expect(service.requests).toHaveLength(1)
  })

  it('that break off end the request at once, with their own error', async () => {
    const store = await pictures(answer(200, { etag: '"a"' }))
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('abc')
        yield Buffer.from('def')
        throw new Error('the disk failed')
      })(),
    )
    await expect(store.put('large', source, { contentLength: 1000 })).rejects.toThrow('the disk failed')
  })

  it('that are read into memory for a conditional write are left when the call is aborted', async () => {
    const store = await pictures(answer(200, { etag: '"a"' }))
    const controller = new AbortController()
    const endless = new Readable({ read() {} })
    const reason = new Error('the person left')
    const put = store.put('a', endless, { contentLength: 10, mode: 'create', signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(put).rejects.toBe(reason)
    expect(service.requests).toEqual([])
  })

  it('carry the digest that was given', async () => {
    const store = await pictures(failure(400, 'BadDigest'))
    const failed = await refusal(store.put('a', 'abc', { md5: '900150983cd24fb0d6963f7d28e17f72' }))
    expect(failed.code).toBe('integrity')
    expect(service.requests[0]?.headers['content-md5']).toBe('kAFQmDzST7DWlj99KOF/cg==')
  })
})

describe('answers that are not what they seem', () => {
  it('a completed upload that is an error with status 200', async () => {
    const store = await pictures(
      xml(200, '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'),
      xml(200, '<Error><Code>InternalError</Code><Message>We failed</Message></Error>'),
    )
    const upload = await store.multipart('a')
    const failed = await refusal(upload.complete([{ partNumber: 1, etag: '"a"', size: 1 }]))
    expect(failed.code).toBe('unavailable')
  })

  it('a completed upload whose ETag is empty: the object is asked', async () => {
    const store = await pictures(
      xml(200, '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'),
      xml(200, '<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>'),
      answer(200, { etag: '"whole-1"', 'content-length': '1' }),
    )
    const upload = await store.multipart('a')
    expect(await upload.complete([{ partNumber: 1, etag: '"a"', size: 1 }])).toMatchObject({ etag: '"whole-1"' })
  })

  it('a completion that was done before: its object is known by its ETag', async () => {
    const part = '900150983cd24fb0d6963f7d28e17f72'
    const whole = `"${createHash('md5').update(part, 'hex').digest('hex')}-1"`
    const store = await pictures(failure(404, 'NoSuchUpload'), answer(200, { etag: whole, 'content-length': '3' }))
    const upload = await store.multipart('a', { uploadId: 'u' })
    const done = await upload.complete([{ partNumber: 1, etag: `"${part}"`, size: 3 }])
    expect(done).toEqual({ key: 'a', etag: whole, size: 3 })
  })

  it('a completion of an upload that was aborted, beside another object', async () => {
    const other = answer(200, { etag: '"900150983cd24fb0d6963f7d28e17f72-1"', 'content-length': '3' })
    const store = await pictures(failure(404, 'NoSuchUpload'), other)
    const upload = await store.multipart('a', { uploadId: 'u' })
    const part = { partNumber: 1, etag: '"900150983cd24fb0d6963f7d28e17f72"', size: 3 }
    expect((await refusal(upload.complete([part]))).code).toBe('not-found')
  })

  it('a range of an empty object', async () => {
    const store = await pictures(failure(416, 'InvalidRange'), answer(200, { etag: '"e"', 'content-length': '0' }))
    const object = await store.get('empty', { range: { suffix: 10 } })
    expect([object.size, object.range, await text(object.body)]).toEqual([0, { offset: 0, length: 0 }, ''])
  })

  it('a range that was ignored', async () => {
    const store = await pictures((response) => response.writeHead(200, { etag: '"e"' }).end('whole'))
    expect((await refusal(store.get('a', { range: { offset: 1, length: 1 } }))).code).toBe('unsupported')
  })

  it('a listing that is cut without saying how it goes on', async () => {
    const store = await pictures(xml(200, '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'))
    expect((await refusal(store.list().toArray())).code).toBe('unsupported')
  })
})

describe('a HEAD without a body', () => {
  it('tells a missing bucket from a missing object, and asks once', async () => {
    const store = await pictures(answer(404), answer(200), answer(404))
    expect((await refusal(store.head('a'))).code).toBe('not-found')
    expect((await refusal(store.head('b'))).code).toBe('not-found')
    expect(service.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'HEAD /pictures/a',
      'HEAD /pictures/',
      'HEAD /pictures/b',
    ])
    await service.stop()
    const expired = await pictures(answer(400))
    expect((await refusal(expired.head('a'))).message).toContain('expired credentials')
    await service.stop()
    const other = await pictures(answer(404))
    expect((await refusal(other.head('a'))).code).toBe('bucket-not-found')
  })
})

describe('keys', () => {
  it('in listings are decoded as forms are', async () => {
    const store = await pictures(
      xml(
        200,
        '<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a+b%2Bc%0A%C3%BC</Key><Size>1</Size>' +
          '<ETag>abc</ETag></Contents><CommonPrefixes><Prefix>x+y/</Prefix></CommonPrefixes></ListBucketResult>',
      ),
    )
    for await (const page of store.list('', { delimiter: '/' }).pages()) {
      expect(page.objects.map(({ key, etag }) => [key, etag])).toEqual([['a b+c\nü', '"abc"']])
      expect(page.prefixes).toEqual(['x y/'])
    }
    expect(service.requests[0]?.url).toContain('encoding-type=url')
  })

  it('are deleted in bulk with an MD5, and one by one where that is refused', async () => {
    service = await startScriptedService(failure(501, 'NotImplemented'), answer(204))
    const driver = service.driver()
    expect(await driver.deleteMany('pictures', ['a', 'b'], {})).toEqual([])
    const [bulk, ...single] = service.requests
    expect(bulk?.headers['content-md5']).toMatch(/^[\w+/]{22}==$/)
    expect(Object.keys(bulk?.headers ?? {}).join()).not.toContain('checksum')
    expect(single.map(({ method, url }) => `${method} ${url.split('?')[0]}`).sort()).toEqual([
      'DELETE /pictures/a',
      'DELETE /pictures/b',
    ])
  })

  it('that XML cannot carry are deleted by their address', async () => {
    service = await startScriptedService(answer(204))
    expect(await service.driver().deleteMany('pictures', ['a\u0001b'], {})).toEqual([])
    expect(service.requests[0]).toMatchObject({ method: 'DELETE', url: '/pictures/a%01b?x-id=DeleteObject' })
  })

  it('that could not be deleted are named', async () => {
    service = await startScriptedService(
      xml(
        200,
        '<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code><Message>No</Message></Error></DeleteResult>',
      ),
    )
    const driver = service.driver()
    const failures = await driver.deleteMany('pictures', ['a', 'b'], {})
    expect(failures.map(({ key, error }) => [key, driver.explain(error).code])).toEqual([['b', 'permission-denied']])
  })
})

describe('services that do not answer', () => {
  it('are given up after the stall timeout, while they send nothing', async () => {
    service = await startScriptedService(() => {})
    const store = new Pictures(service.driver({ stallTimeoutInSeconds: 1, maxAttempts: 1 }))
    const failed = await refusal(store.get('a'))
    expect(failed.code).toBe('unavailable')
    expect(failed.message).toContain('stallTimeoutInSeconds')
  })

  it('are given up in the middle of a body, too', async () => {
    service = await startScriptedService((response) => {
      response.writeHead(200, { etag: '"a"', 'content-length': '100' }).write('abc')
    })
    const store = new Pictures(service.driver({ stallTimeoutInSeconds: 1 }))
    const { body } = await store.get('a')
    expect((await refusal(text(body))).code).toBe('unavailable')
  })

  it('are left at once when the call is aborted', async () => {
    service = await startScriptedService(() => {})
    const store = new Pictures(service.driver())
    const controller = new AbortController()
    const reason = new Error('the person left')
    const reading = store.get('a', { signal: controller.signal })
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
  })
})

describe('what is wrong is said with its cure', () => {
  const rows: readonly (readonly [string, Answer, string, string])[] = [
    ['access control lists', failure(400, 'AccessControlListNotSupported'), 'acl-unsupported', 'bucket policy'],
    ['a right', failure(403, 'AccessDenied'), 'permission-denied', 'grant the right'],
    ['an access key', failure(403, 'InvalidAccessKeyId'), 'permission-denied', 'AWS_ACCESS_KEY_ID'],
    ['expired credentials', failure(400, 'ExpiredToken'), 'permission-denied', 'expired'],
    [
      'a redirect',
      failure(301, 'PermanentRedirect', '', '<Region>eu-west-3</Region>'),
      'invalid-argument',
      'eu-west-3',
    ],
    [
      'a signature for another region',
      failure(400, 'AuthorizationHeaderMalformed', '', '<Region>eu-west-3</Region>'),
      'invalid-argument',
      'eu-west-3',
    ],
    ['a missing feature', failure(501, 'NotImplemented'), 'unsupported', 'does not offer'],
    ['a missing bucket', failure(404, 'NoSuchBucket'), 'bucket-not-found', 'create it'],
  ]
  it.each(rows)('%s', async (_what, said, code, cure) => {
    const store = await pictures(said)
    const failed = await refusal(store.put('a', 'abc', { acl: 'public-read' }))
    expect(failed.code).toBe(code)
    expect(failed.message).toContain(cure)
    expect(failed.message).toContain('"a" in bucket "pictures"')
    expect(failed.message).not.toContain(CREDENTIALS.secretAccessKey)
  })

  it('no credentials anywhere', async () => {
    service = await startScriptedService(answer(200))
    const credentials = async (): Promise<never> => {
      throw Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      })
    }
    const store = new Pictures(service.driver({ credentials }))
    const failed = await refusal(store.put('a', 'abc', { mode: 'create' }))
    expect(failed.code).toBe('permission-denied')
    expect(failed.message).toContain('AWS_ACCESS_KEY_ID')
  })
})

describe("a caller's own client", () => {
  it('is used as it is, and not closed', async () => {
    service = await startScriptedService(answer(200, { etag: '"a"' }))
    const { S3Client } = await import('@aws-sdk/client-s3')
    const client = new S3Client({
      endpoint: service.endpoint,
      region: 'eu-central-1',
      credentials: CREDENTIALS,
      forcePathStyle: true,
      customUserAgent: 'smashing/1.0',
    })
    const driver = new S3Driver({ client })
    const store = new Pictures(driver)
    await store.put('a', 'abc')
    expect(service.requests[0]?.headers['user-agent']).toContain('smashing/1.0')
    expect(await store.signedUrl('a')).toContain(`${service.endpoint}/pictures/a?`)
    await driver.close()
    await client.send(new (await import('@aws-sdk/client-s3')).HeadObjectCommand({ Bucket: 'pictures', Key: 'a' }))
    client.destroy()
  })
})
