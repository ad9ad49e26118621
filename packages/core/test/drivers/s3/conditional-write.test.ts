import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import type { DriverBody, WriteMode } from '../../../src/contract/driver.js'
import type { S3Driver } from '../../../src/drivers/s3/index.js'
import { type Answer, answer, failure, hangUp, type ScriptedService, startScriptedService } from './scripted-service.js'

const at = { bucket: 'bucket', key: 'pointer.json' }
const bytes: DriverBody = { kind: 'bytes', bytes: Buffer.from('{}') }
const ok = answer(200, { etag: '"new"' })
const conflict = failure(409, 'ConditionalRequestConflict')
const mismatch = failure(412, 'PreconditionFailed')

let service: ScriptedService
afterEach(() => service.stop())

async function outcomeOf(put: Promise<unknown>): Promise<string> {
  return put.then(
    () => 'written',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )
}

function put(driver: S3Driver, mode: WriteMode, body = bytes): Promise<unknown> {
  return driver.put(at, body, { attributes: {}, mode })
}

async function scripted(...answers: readonly [Answer, ...Answer[]]): Promise<S3Driver> {
  service = await startScriptedService(...answers)
  return service.driver()
}

describe('a conditional write is sent once', () => {
  it.each([
    ['a lost answer', hangUp],
    ['HTTP 500', failure(500, 'InternalError')],
    ['HTTP 503', failure(503, 'SlowDown')],
  ])('after %s its outcome is unknown', async (_what, lost) => {
    const driver = await scripted(lost, ok)
    expect(await outcomeOf(put(driver, 'create'))).toBe('outcome-unknown')
    expect(service.requests).toHaveLength(1)
    expect(service.requests[0]?.headers['if-none-match']).toBe('*')
  })

  it('while an unconditional one is repeated', async () => {
    const driver = await scripted(failure(503, 'SlowDown'), hangUp, ok)
    expect(await outcomeOf(put(driver, 'overwrite'))).toBe('written')
    expect(service.requests).toHaveLength(3)
  })

  it('and one that never reached a service is not in doubt', async () => {
    const driver = await scripted(ok)
    const nobody = service.driver({ endpoint: 'http://127.0.0.1:1' })
    const failed = await put(nobody, 'create').catch((error: unknown) => error)
    expect(nobody.explain(failed).code).toBe('unavailable')
    expect(await outcomeOf(put(driver, 'create'))).toBe('written')
  })
})

describe('what the condition met', () => {
  it('an object that is there', async () => {
    const driver = await scripted(mismatch)
    expect(await outcomeOf(put(driver, 'create'))).toBe('already-exists')
  })

  it('no object to replace, as AWS says it', async () => {
    const driver = await scripted(failure(404, 'NoSuchKey'))
    expect(await outcomeOf(put(driver, { ifMatch: '"old"' }))).toBe('precondition-failed')
  })

  it('no bucket', async () => {
    const driver = await scripted(failure(404, 'NoSuchBucket'))
    const error = await put(driver, { ifMatch: '"old"' }).catch((raw: unknown) => raw)
    expect(driver.explain(error).code).toBe('bucket-not-found')
  })

  it('a writer at the same time: the write is sent again, as it was not carried out', async () => {
    const driver = await scripted(conflict, conflict, ok)
    expect(await outcomeOf(put(driver, 'create'))).toBe('written')
    expect(service.requests.map((request) => request.body)).toEqual(['{}', '{}', '{}'])
  })

  it('writers all the time', async () => {
    const driver = await scripted(conflict)
    const error = await put(driver, 'create').catch((raw: unknown) => raw)
    expect(driver.explain(error).code).toBe('unavailable')
  })

  it('a stream of moderate size can be sent again, too', async () => {
    const driver = await scripted(conflict, ok)
    const stream = Readable.from([Buffer.from('{'), Buffer.from('}')])
    expect(await outcomeOf(put(driver, 'create', { kind: 'stream', stream, length: 2 }))).toBe('written')
    expect(service.requests.map((request) => request.body)).toEqual(['{}', '{}'])
  })
})

describe('the quotes of If-Match', () => {
  const sent = (): unknown[] => service.requests.map(({ method, headers }) => [method, headers['if-match']])

  it('are kept where the service takes them', async () => {
    const driver = await scripted(ok)
    await put(driver, { ifMatch: '"old"' })
    expect(sent()).toEqual([['PUT', '"old"']])
  })

  it('are left out where a HEAD contradicts the refusal, and from then on', async () => {
    const driver = await scripted(mismatch, answer(200, { etag: '"old"' }), ok, ok)
    expect(await outcomeOf(put(driver, { ifMatch: '"old"' }))).toBe('written')
    expect(await outcomeOf(put(driver, { ifMatch: '"new"' }))).toBe('written')
    expect(sent()).toEqual([
      ['PUT', '"old"'],
      ['HEAD', undefined],
      ['PUT', 'old'],
      ['PUT', 'new'],
    ])
  })

  it('make no second write where the object has another ETag', async () => {
    const driver = await scripted(mismatch, answer(200, { etag: '"other"' }), ok)
    expect(await outcomeOf(put(driver, { ifMatch: '"old"' }))).toBe('precondition-failed')
    expect(sent()).toHaveLength(2)
  })

  it('are believed once a write with them succeeded: a refusal then is final', async () => {
    const driver = await scripted(ok, mismatch)
    await put(driver, { ifMatch: '"old"' })
    expect(await outcomeOf(put(driver, { ifMatch: '"old"' }))).toBe('precondition-failed')
    expect(sent()).toHaveLength(2)
  })

  it('are left out from the start where the option says so', async () => {
    service = await startScriptedService(ok)
    await put(service.driver({ ifMatchQuotes: 'unquoted' }), { ifMatch: '"old"' })
    expect(sent()).toEqual([['PUT', 'old']])
  })

  it('cannot be found out by a stream too large to be sent twice, which says so', async () => {
    const driver = await scripted(mismatch, answer(200, { etag: '"old"' }))
    const length = 9 * 1024 ** 2
    const stream = Readable.from([Buffer.alloc(length)])
    expect(await outcomeOf(put(driver, { ifMatch: '"old"' }, { kind: 'stream', stream, length }))).toBe('unsupported')
  })
})
