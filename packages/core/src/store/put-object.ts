import type { Acl, DriverPutOptions, ObjectLocation, ObjectVersion } from '../contract/driver.js'
import { asError } from '../errors.js'
import {
  CheckedBody,
  checkBytes,
  type ExpectedBody,
  partsOf,
  type SourceBody,
  SourceFailure,
} from '../transfer/upload-body.js'
import { checkAttributes } from '../values/attribute-checks.js'
import { checkConcurrency, checkInteger, checkMd5, checkMode, checkPartSize } from '../values/option-checks.js'
import type { CallSubject, DriverCalls } from './driver-calls.js'
import { createMultipart, MAX_PARTS } from './multipart-upload.js'
import type { PutOptions } from './options.js'

/** S3 takes at most this much in one request. */
const MAX_SINGLE_PUT_BYTES = 5 * 1024 ** 3
const MAX_OBJECT_BYTES = 5 * 1024 ** 4
/** One part is sent while the next is read. */
const DEFAULT_PART_CONCURRENCY = 2

export interface PutPlan extends DriverPutOptions {
  readonly contentLength: number | undefined
  readonly partSize: number
  readonly concurrency: number
}

/** Completes and checks the options of a put. */
export function putPlan(options: PutOptions, acl: Acl | undefined): PutPlan {
  const contentLength =
    options.contentLength === undefined
      ? undefined
      : checkInteger('contentLength', options.contentLength, 0, MAX_OBJECT_BYTES)
  return {
    attributes: checkAttributes(options),
    acl,
    mode: checkMode(options.mode),
    md5: checkMd5(options.md5),
    contentLength,
    // A body of known length never needs more parts than there may be.
    partSize: Math.max(checkPartSize(options.partSizeInBytes), Math.ceil((contentLength ?? 0) / MAX_PARTS)),
    concurrency: checkConcurrency(options.concurrency ?? DEFAULT_PART_CONCURRENCY),
    signal: options.signal,
  }
}

/** Stores a body by the shortest way: one request where its length is known or small, else parts of bounded memory. */
export async function putObject(
  calls: DriverCalls,
  at: ObjectLocation,
  source: SourceBody,
  plan: PutPlan,
): Promise<ObjectVersion> {
  if (source.kind === 'bytes') {
    return putBytes(calls, at, source.bytes, plan, { length: plan.contentLength, md5: plan.md5 })
  }
  const { length } = source
  const body = new CheckedBody(source.stream, { length, md5: plan.md5 })
  const stop = () => body.destroy(asError(plan.signal?.reason))
  plan.signal?.addEventListener('abort', stop, { once: true })
  try {
    return length !== undefined && length <= MAX_SINGLE_PUT_BYTES
      ? await putStream(calls, at, body, length, plan)
      : await putParts(calls, at, body, plan)
  } catch (error) {
    throw body.errored instanceof SourceFailure ? body.errored : error
  } finally {
    plan.signal?.removeEventListener('abort', stop)
    body.destroy()
    source.stream.destroy()
  }
}

async function putBytes(
  calls: DriverCalls,
  at: ObjectLocation,
  bytes: Uint8Array,
  plan: PutPlan,
  expected: ExpectedBody,
): Promise<ObjectVersion> {
  checkBytes(bytes, expected)
  return calls.run(subjectOf(at, bytes.length, plan), async (driver) => {
    const { etag } = await driver.put(at, { kind: 'bytes', bytes }, driverOptions(plan))
    return { key: at.key, etag, size: bytes.length }
  })
}

async function putStream(
  calls: DriverCalls,
  at: ObjectLocation,
  stream: CheckedBody,
  length: number,
  plan: PutPlan,
): Promise<ObjectVersion> {
  return calls.run(subjectOf(at, length, plan), async (driver) => {
    const { etag } = await driver.put(at, { kind: 'stream', stream, length }, driverOptions(plan))
    return { key: at.key, etag, size: length }
  })
}

async function putParts(
  calls: DriverCalls,
  at: ObjectLocation,
  body: CheckedBody,
  plan: PutPlan,
): Promise<ObjectVersion> {
  const parts = partsOf(body, plan.partSize)
  const first = await parts.next()
  const second = first.done ? first : await parts.next()
  // The digest was checked when the body ended, so there is nothing left to expect.
  if (second.done) return putBytes(calls, at, first.value ?? new Uint8Array(), plan, {})
  const upload = await createMultipart(calls, at, { ...driverOptions(plan), md5: undefined })
  const all = chain([first.value as Buffer, second.value], parts)
  return upload.sendAll(all, { concurrency: plan.concurrency, signal: plan.signal })
}

async function* chain(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* first
  yield* rest
}

function driverOptions({ attributes, acl, mode, md5, signal }: PutPlan): DriverPutOptions {
  return { attributes, acl, mode, md5, signal }
}

function subjectOf(at: ObjectLocation, bytes: number | undefined, plan: PutPlan): CallSubject {
  return { operation: 'put', key: at.key, bytes, signal: plan.signal }
}
