import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { DriverPutOptions, ObjectLocation, ObjectVersion } from './driver.js'
import type { CallSubject, DriverCalls } from './driver-calls.js'
import { DriverError } from './errors.js'
import { MultipartUpload } from './multipart-upload.js'
import { checkInteger } from './options.js'
import { ExactLength, md5Mismatch, partsOf, type SourceBody } from './upload-body.js'

export interface PutPlan extends DriverPutOptions {
  readonly partSize: number
}

/** Stores a body by the shortest way: one request where its length is known or small, else parts of bounded memory. */
export async function putObject(
  calls: DriverCalls,
  at: ObjectLocation,
  source: SourceBody,
  plan: PutPlan,
): Promise<ObjectVersion> {
  if (source.kind === 'bytes') return putBytes(calls, at, source.bytes, plan)
  let sourceError: Error | undefined
  source.stream.once('error', (error) => {
    sourceError = error
  })
  try {
    return source.length === undefined
      ? await putUnknownLength(calls, at, source.stream, plan)
      : await putKnownLength(calls, at, source.stream, source.length, plan)
  } catch (error) {
    // A source that fails is its owner's to explain: this store had no part in it.
    throw plan.signal?.aborted ? error : (sourceError ?? error)
  } finally {
    source.stream.destroy()
  }
}

async function putBytes(
  calls: DriverCalls,
  at: ObjectLocation,
  bytes: Uint8Array,
  plan: PutPlan,
): Promise<ObjectVersion> {
  if (plan.md5 !== undefined && createHash('md5').update(bytes).digest('hex') !== plan.md5) throw md5Mismatch()
  return calls.run(subjectOf(at, bytes.length, plan), async (driver) => {
    const { etag } = await driver.put(at, { kind: 'bytes', bytes }, plan)
    return { key: at.key, etag, size: bytes.length }
  })
}

async function putKnownLength(
  calls: DriverCalls,
  at: ObjectLocation,
  source: Readable,
  given: number,
  plan: PutPlan,
): Promise<ObjectVersion> {
  const length = checkInteger('contentLength', given, 0, Number.MAX_SAFE_INTEGER)
  const stream = new ExactLength(length, plan.md5)
  source.once('error', (error) => stream.destroy(error))
  source.pipe(stream)
  try {
    return await calls.run(subjectOf(at, length, plan), async (driver) => {
      const { etag } = await driver.put(at, { kind: 'stream', stream, length }, plan)
      return { key: at.key, etag, size: length }
    })
  } finally {
    stream.destroy()
  }
}

async function putUnknownLength(
  calls: DriverCalls,
  at: ObjectLocation,
  source: Readable,
  plan: PutPlan,
): Promise<ObjectVersion> {
  const parts = partsOf(source, plan.partSize)
  const first = await parts.next()
  const second = first.done ? first : await parts.next()
  if (second.done) return putBytes(calls, at, first.value ?? new Uint8Array(), plan)
  if (plan.md5 !== undefined) {
    throw new DriverError('unsupported', `md5 needs a contentLength, or a body of at most ${plan.partSize} bytes`)
  }
  const uploadId = await calls.run({ ...subjectOf(at, undefined, plan), operation: 'create-multipart' }, (driver) =>
    driver.createMultipart(at, plan),
  )
  const upload = new MultipartUpload(calls, at, uploadId, plan.mode)
  return upload.sendAll(chain([first.value as Buffer, second.value], parts), { signal: plan.signal })
}

async function* chain(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* first
  yield* rest
}

function subjectOf(at: ObjectLocation, bytes: number | undefined, plan: PutPlan): CallSubject {
  return { operation: 'put', key: at.key, bytes, signal: plan.signal }
}
