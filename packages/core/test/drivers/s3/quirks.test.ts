import { Readable } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { S3DriverOptions } from '../../../src/drivers/s3/index.js'
import { BucketStore } from '../../../src/store/bucket-store.js'
import { awsDriver } from './as-aws.js'
import {
  type Answer,
  answer,
  CREDENTIALS,
  failure,
  hangUp,
  type ScriptedService,
  startScriptedService,
  xml,
} from './scripted-service.js'

class Pictures extends BucketStore {
  readonly bucket = 'pictures'
}

async function serviceOf(...answers: readonly [Answer, ...Answer[]]): Promise<ScriptedService> {
  const service = await startScriptedService(...answers)
  onTestFinished(() => service.stop())
  return service
}

async function pictures(options: S3DriverOptions, ...answers: readonly [Answer, ...Answer[]]) {
  const service = await serviceOf(...answers)
  return { service, store: new Pictures(service.driver(options)) }
}

const begun = xml(200, '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>')
const part = { partNumber: 1, etag: '"a"', size: 1 }

describe('a conditional upload in parts', () => {
  const supported = { conditionalMultipart: 'supported' } as const

  it.each<[string, Answer, string]>([
    ['a lost answer', hangUp, 'outcome-unknown'],
    ['an object that is there', failure(412, 'PreconditionFailed'), 'already-exists'],
    ['an error in the middle of a success', xml(200, '<Error><Code>InternalError</Code></Error>'), 'outcome-unknown'],
  ])('is completed once: %s', async (_what, said, code) => {
    const { store, service } = await pictures(supported, begun, said)
    const upload = await store.multipart('a', { mode: 'create' })
    const completed = upload.complete([part])
    await expect(completed).rejects.toMatchObject({ code })
    expect(service.requests[1]?.headers['if-none-match']).toBe('*')
    expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(2)
  })

  it('is refused before a part is sent where the service may ignore the condition', async () => {
    const { store, service } = await pictures({}, begun)
    await expect(store.multipart('a', { mode: 'create' })).rejects.toMatchObject({ code: 'unsupported' })
    expect(service.requests).toEqual([])
  })
})

describe('a conditional delete', () => {
  it('goes to AWS with the ETag', async () => {
    const service = await serviceOf(answer(204), failure(412, 'PreconditionFailed'), failure(404, 'NoSuchKey'))
    const store = new Pictures(awsDriver(service))
    await store.delete('a', { ifMatch: '"v1"' })
    expect(service.requests[0]?.headers['if-match']).toBe('"v1"')
    await expect(store.delete('a', { ifMatch: '"v1"' })).rejects.toMatchObject({ code: 'precondition-failed' })
    await store.delete('a', { ifMatch: '"v1"' })
  })

  it('is refused where the service may ignore the condition', async () => {
    const { store, service } = await pictures({}, answer(204))
    await expect(store.delete('a', { ifMatch: '"v1"' })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('conditionalDelete'),
    })
    expect(service.requests).toEqual([])
  })

  it('is replaced by a look in a move', async () => {
    const copied = xml(200, '<CopyObjectResult><ETag>"v1"</ETag></CopyObjectResult>')
    const head = answer(200, { etag: '"v1"', 'content-length': '1' })
    const { store, service } = await pictures({}, head, copied, head, answer(204))
    await store.move('a', 'b')
    expect(service.requests.map(({ method, headers }) => [method, headers['if-match']])).toEqual([
      ['HEAD', undefined],
      ['PUT', undefined],
      ['HEAD', '"v1"'],
      ['DELETE', undefined],
    ])
  })
})

describe('many deletes', () => {
  it.each<[string, Answer]>([
    ['are not offered', failure(501, 'NotImplemented')],
    ['are not allowed as a method', failure(405, 'MethodNotAllowed')],
    ['want another digest', failure(400, 'MissingContentMD5')],
    ['are taken for malformed', failure(400, 'MalformedXML')],
    ['want a length', failure(411, 'MissingContentLength')],
  ])('are done one by one where they %s', async (_what, refused) => {
    const { store, service } = await pictures({}, listing(['x/1', 'x/2', 'x/3']), refused, answer(204))
    expect(await store.deletePrefix('x/')).toBe(3)
    const deleted = service.requests.filter(({ method }) => method === 'DELETE').map(({ url }) => url.split('?')[0])
    expect(deleted.sort()).toEqual(['/pictures/x/1', '/pictures/x/2', '/pictures/x/3'])
  })

  it('are not repeated one by one where the right is missing', async () => {
    const { store, service } = await pictures({}, listing(['x/1']), failure(403, 'AccessDenied'))
    await expect(store.deletePrefix('x/')).rejects.toMatchObject({ code: 'permission-denied' })
    expect(service.requests).toHaveLength(2)
  })
})

function listing(keys: readonly string[]): Answer {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"a"</ETag></Contents>`)
  return xml(200, `<ListBucketResult>${contents.join('')}</ListBucketResult>`)
}

describe('another region', () => {
  it.each<[string, Answer]>([
    ['in the body of an error', failure(301, 'PermanentRedirect', '', '<Region>eu-west-3</Region>')],
    ['in a header, as to a HEAD', answer(301, { 'x-amz-bucket-region': 'eu-west-3' })],
    ['by the signature', failure(400, 'AuthorizationHeaderMalformed', '', '<Region>eu-west-3</Region>')],
  ])('is named: %s', async (_where, said) => {
    const { store } = await pictures({}, said)
    const failed = { code: 'invalid-argument', message: expect.stringContaining('set `region` to eu-west-3') }
    await expect(store.get('a')).rejects.toMatchObject(failed)
    if (_where.includes('HEAD')) await expect(store.head('a')).rejects.toMatchObject(failed)
  })
})

describe('nothing there', () => {
  it.each<[string, string, (store: Pictures) => Promise<unknown>]>([
    ['NoSuchKey', 'not-found', (store) => store.get('a')],
    ['NoSuchBucket', 'bucket-not-found', (store) => store.get('a')],
    ['NoSuchBucket', 'bucket-not-found', (store) => store.put('a', 'abc')],
    ['NoSuchBucket', 'bucket-not-found', (store) => store.put('a', 'abc', { mode: 'create' })],
    ['NoSuchBucket', 'bucket-not-found', (store) => store.list().toArray()],
    ['NoSuchBucket', 'bucket-not-found', (store) => store.delete('a')],
    ['NoSuchBucket', 'bucket-not-found', (store) => store.deletePrefix('a/')],
    ['NoSuchKey', 'not-found', (store) => store.copy('a', 'b')],
    ['NoSuchBucket', 'bucket-not-found', (store) => store.multipart('a')],
  ])('%s is %s', async (name, code, call) => {
    const { store } = await pictures({}, failure(404, name))
    await expect(call(store)).rejects.toMatchObject({ code })
  })
})

describe('the console', () => {
  it('stays empty, whatever fails', async () => {
    const { S3Client } = await import('@aws-sdk/client-s3')
    const { service, store } = await pictures({ maxAttempts: 1 }, failure(503, 'SlowDown'))
    const client = new S3Client({ ...{ endpoint: service.endpoint, region: 'us-east-1', forcePathStyle: true } })
    client.config.credentials = async () => CREDENTIALS
    onTestFinished(() => client.destroy())
    const written = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => vi.spyOn(console, name))
    const warned = vi.fn()
    process.on('warning', warned)
    onTestFinished(() => {
      process.off('warning', warned)
      for (const spy of written) spy.mockRestore()
    })
    for (const used of [store, new Pictures(service.driver({ client, endpoint: undefined, maxAttempts: undefined }))]) {
      const stream = Readable.from([Buffer.from('abc')])
      await expect(used.put('a', stream, { contentLength: 3 })).rejects.toMatchObject({ code: 'unavailable' })
      await expect(used.put('a', 'abc', { mode: 'create' })).rejects.toMatchObject({ code: 'outcome-unknown' })
      await expect(used.head('a')).rejects.toMatchObject({ code: 'unavailable' })
    }
    expect(written.flatMap((spy) => spy.mock.calls)).toEqual([])
    expect(warned).not.toHaveBeenCalled()
  })
})
