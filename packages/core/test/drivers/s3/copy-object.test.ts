import { afterEach, describe, expect, it } from 'vitest'
import type { S3Driver } from '../../../src/drivers/s3/index.js'
import { awsDriver } from './as-aws.js'
import {
  type Answer,
  answer,
  failure,
  type ScriptedService,
  type SeenRequest,
  startScriptedService,
  xml,
} from './scripted-service.js'

const from = { bucket: 'films', key: 'a/léo +1.mp4' }
const to = { bucket: 'films', key: 'b.mp4' }
const SIZE = 6 * 1024 ** 3
const PART = 128 * 1024 ** 2

const tooLarge = failure(400, 'InvalidRequest', 'The specified copy source is larger than the maximum allowable size')
const copied = xml(200, '<CopyObjectResult><ETag>"c"</ETag></CopyObjectResult>')

let service: ScriptedService
afterEach(() => service.stop())

async function scripted(...answers: readonly [Answer, ...Answer[]]): Promise<S3Driver> {
  service = await startScriptedService(...answers)
  return service.driver()
}

async function codeOf(driver: S3Driver, work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (raw: unknown) => raw,
  )
  if (error === undefined) return 'done'
  return error instanceof Error && error.name === 'DriverError' && 'code' in error
    ? String(error.code)
    : driver.explain(error).code
}

/** What a service does with an object that is too large to be copied at once. */
function large(changes: { readonly part?: Answer; readonly head?: Answer } = {}): Answer {
  const head = answer(200, {
    ...{ etag: '"film"', 'content-length': String(SIZE), 'content-type': 'video/mp4', 'x-amz-meta-by': 'leo' },
  })
  return (response, request) => {
    const { method, url } = request
    if (method === 'HEAD') (changes.head ?? head)(response, request)
    else if (method === 'DELETE') answer(204)(response, request)
    else if (method === 'GET') failure(404, 'NoSuchUpload')(response, request)
    else if (url.includes('uploads')) xml(200, '<R><UploadId>u</UploadId></R>')(response, request)
    else if (method === 'POST') xml(200, '<R><ETag>"whole-48"</ETag></R>')(response, request)
    else if (url.includes('partNumber')) (changes.part ?? part)(response, request)
    else tooLarge(response, request)
  }
}

const part: Answer = (response, request) => {
  const number = new URL(request.url, 'http://x').searchParams.get('partNumber')
  xml(200, `<CopyPartResult><ETag>"p${number}"</ETag></CopyPartResult>`)(response, request)
}

function sent(method: string, has: string): SeenRequest[] {
  return service.requests.filter((request) => request.method === method && request.url.includes(has))
}

describe('a copy', () => {
  it('is one request, pinned under both names that services read', async () => {
    const driver = await scripted(copied)
    expect(await driver.copy(from, to, { sourceIfMatch: '"a"' })).toEqual({ etag: '"c"' })
    expect(service.requests.map(({ headers }) => headers)).toMatchObject([
      {
        'x-amz-copy-source': 'films/a/l%C3%A9o%20%2B1.mp4',
        ...{ 'x-amz-copy-source-if-match': '"a"', 'x-amz-copy-if-match': '"a"' },
      },
    ])
  })

  it('goes to AWS under the one name that it signs', async () => {
    service = await startScriptedService(copied)
    await awsDriver(service).copy(from, to, { sourceIfMatch: '"a"' })
    expect(service.requests[0]?.headers).toMatchObject({ 'x-amz-copy-source-if-match': '"a"' })
    expect(service.requests[0]?.headers).not.toHaveProperty('x-amz-copy-if-match')
  })

  it('that is an error with status 200 is an error', async () => {
    const driver = await scripted(xml(200, '<Error><Code>InternalError</Code><Message>We failed</Message></Error>'))
    expect(await codeOf(driver, driver.copy(from, to, {}))).toBe('unavailable')
  })

  it('of another version is refused', async () => {
    const driver = await scripted(failure(412, 'PreconditionFailed'))
    expect(await codeOf(driver, driver.copy(from, to, { sourceIfMatch: '"a"' }))).toBe('precondition-failed')
  })

  it('that is refused for another reason is not tried in parts', async () => {
    const driver = await scripted(failure(400, 'InvalidArgument'), answer(200, { etag: '"a"', 'content-length': '9' }))
    expect(await codeOf(driver, driver.copy(from, to, {}))).toBe('unknown')
    expect(service.requests.map(({ method }) => method)).toEqual(['PUT', 'HEAD'])
  })
})

describe('a copy of more than 5 GiB', () => {
  it('is made of parts of one version, with the attributes of the source', async () => {
    const driver = await scripted(large())
    expect(await driver.copy(from, to, {})).toEqual({ etag: '"whole-48"' })
    const [created] = sent('POST', 'uploads')
    expect(created?.headers).toMatchObject({ 'content-type': 'video/mp4', 'x-amz-meta-by': 'leo' })
    const parts = sent('PUT', 'partNumber').map(({ headers }) => headers)
    expect(parts).toHaveLength(SIZE / PART)
    const ranges = parts.map((headers) => String(headers['x-amz-copy-source-range']))
    const starts = ranges.map((range) => Number(/^bytes=(\d+)-/.exec(range)?.[1])).sort((a, b) => a - b)
    expect(starts).toEqual(Array.from({ length: SIZE / PART }, (_, index) => index * PART))
    expect(ranges).toContain(`bytes=${SIZE - PART}-${SIZE - 1}`)
    expect(new Set(parts.map((headers) => headers['x-amz-copy-source-if-match']))).toEqual(new Set(['"film"']))
    const [completed] = sent('POST', 'uploadId')
    const order = [...(completed?.body ?? '').matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => Number(number))
    expect(order).toEqual(Array.from({ length: SIZE / PART }, (_, index) => index + 1))
    expect(completed?.body).toMatch(/"?(?:&quot;)?p48/)
  })

  it('takes new attributes where they are given', async () => {
    const driver = await scripted(large())
    await driver.copy(from, to, { attributes: { contentType: 'video/webm' } })
    expect(sent('POST', 'uploads')[0]?.headers['content-type']).toBe('video/webm')
    expect(sent('POST', 'uploads')[0]?.headers).not.toHaveProperty('x-amz-meta-by')
  })

  it('leaves no part behind where one fails', async () => {
    const driver = await scripted(large({ part: failure(403, 'AccessDenied') }))
    expect(await codeOf(driver, driver.copy(from, to, {}))).toBe('permission-denied')
    expect(sent('DELETE', 'uploadId=u')).toHaveLength(1)
    expect(sent('POST', 'uploadId')).toEqual([])
  })

  it('is dropped where the source was replaced meanwhile, though the service did not heed the condition', async () => {
    let heads = 0
    const head: Answer = (response, request) => {
      heads += 1
      if (heads > 1) failure(412, 'PreconditionFailed')(response, request)
      else answer(200, { etag: '"film"', 'content-length': String(SIZE) })(response, request)
    }
    const driver = await scripted(large({ head }))
    expect(await codeOf(driver, driver.copy(from, to, {}))).toBe('precondition-failed')
    expect(sent('DELETE', 'uploadId=u')).toHaveLength(1)
  })
})
