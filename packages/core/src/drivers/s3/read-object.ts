import { addAbortSignal, Readable } from 'node:stream'
import type {
  ByteRange,
  DriverGetOptions,
  DriverHeadOptions,
  ObjectHead,
  ObjectLocation,
  StoredObject,
} from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { NO_S3 } from './explain-failure.js'
import { headOf } from './object-attributes.js'
import type { S3Connection } from './s3-connection.js'
import { readFailure } from './s3-failure.js'

export async function getObject(
  connection: S3Connection,
  at: ObjectLocation,
  options: DriverGetOptions,
): Promise<StoredObject> {
  const { range, ifMatch, ifNoneMatch, signal } = options
  try {
    const answer = await connection.send(
      (sdk) =>
        new sdk.GetObjectCommand({
          Bucket: at.bucket,
          Key: at.key,
          Range: range && rangeHeader(range),
          IfMatch: ifMatch,
          IfNoneMatch: ifNoneMatch,
        }),
      { signal },
    )
    const body = bodyOf(answer.Body, signal)
    if (answer.ETag === undefined) {
      body.destroy()
      throw noService()
    }
    if (range === undefined) return { ...headOf(at.key, answer.ContentLength ?? 0, answer), body }
    const { size, ...sent } = parseContentRange(answer.ContentRange, body)
    return { ...headOf(at.key, size, answer), range: sent, body }
  } catch (error) {
    if (readFailure(error).status !== 416 || range === undefined) throw error
    return emptyRange(connection, at, range, options)
  }
}

export async function headObject(
  connection: S3Connection,
  at: ObjectLocation,
  { ifMatch, ifNoneMatch, signal }: DriverHeadOptions,
): Promise<ObjectHead> {
  try {
    const answer = await connection.send(
      (sdk) =>
        new sdk.HeadObjectCommand({ Bucket: at.bucket, Key: at.key, IfMatch: ifMatch, IfNoneMatch: ifNoneMatch }),
      { signal },
    )
    if (answer.ETag === undefined) throw noService()
    connection.knownBuckets.add(at.bucket)
    return headOf(at.key, answer.ContentLength ?? 0, answer)
  } catch (error) {
    if (readFailure(error).status === 404) await refuseMissingBucket(connection, at.bucket, signal)
    throw error
  }
}

/** The answer to a HEAD has no body to say what is missing. A bucket that was seen once is taken to be there. */
async function refuseMissingBucket(connection: S3Connection, bucket: string, signal?: AbortSignal): Promise<void> {
  if (connection.knownBuckets.has(bucket)) return
  try {
    await connection.send((sdk) => new sdk.HeadBucketCommand({ Bucket: bucket }), { signal })
  } catch (error) {
    if (signal?.aborted) throw error
    if (readFailure(error).status !== 404) return
    throw new DriverError(
      'bucket-not-found',
      'there is no such bucket: create it, or correct its name or the endpoint',
      { cause: error },
    )
  }
  connection.knownBuckets.add(bucket)
}

/** An empty object has no first byte, so services refuse every range of it. */
async function emptyRange(
  connection: S3Connection,
  at: ObjectLocation,
  range: ByteRange,
  options: DriverHeadOptions,
): Promise<StoredObject> {
  const head = await headObject(connection, at, options)
  if (head.size > 0 || ('offset' in range && range.offset > 0)) {
    const start = 'offset' in range ? `at byte ${range.offset}` : `${range.suffix} bytes before the end`
    throw new DriverError('invalid-argument', `the range starts ${start} of ${head.size}`)
  }
  return { ...head, range: { offset: 0, length: 0 }, body: Readable.from([], { objectMode: false }) }
}

/** Every object has an ETag; a page that is shown instead of the service need not have one. */
function noService(): DriverError {
  return new DriverError(...NO_S3)
}

function bodyOf(body: unknown, signal: AbortSignal | undefined): Readable {
  if (!(body instanceof Readable)) throw new DriverError('unknown', 'expected the SDK to answer with a Node.js stream')
  return signal ? addAbortSignal(signal, body) : body
}

function rangeHeader(range: ByteRange): string {
  if ('suffix' in range) return `bytes=-${range.suffix}`
  return `bytes=${range.offset}-${range.length === undefined ? '' : range.offset + range.length - 1}`
}

function parseContentRange(header: string | undefined, body: Readable) {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header ?? '')
  if (!match) {
    body.destroy()
    throw new DriverError('unsupported', 'this service ignored the range, and sent the whole object')
  }
  const [offset, last, size] = match.slice(1).map(Number) as [number, number, number]
  return { offset, length: last - offset + 1, size }
}
