import type { Cancellable, DeleteFailure, DriverDeleteOptions, ObjectLocation } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { inParallel } from '../../transfer/in-parallel.js'
import { useContentMd5 } from './content-md5.js'
import type { S3Connection } from './s3-connection.js'
import { readFailure } from './s3-failure.js'

const SINGLE_DELETES_AT_A_TIME = 8

/** What XML 1.0 carries unchanged: other keys cannot be named in a bulk request. */
const XML_TEXT = /^[\x20-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u

export async function deleteObject(
  connection: S3Connection,
  at: ObjectLocation,
  { ifMatch, signal }: DriverDeleteOptions,
): Promise<void> {
  if (ifMatch !== undefined) await refuseUnheeded(connection)
  const input = { Bucket: at.bucket, Key: at.key, IfMatch: ifMatch }
  try {
    await connection.send((sdk) => new sdk.DeleteObjectCommand(input), { signal })
  } catch (error) {
    if (readFailure(error).name !== 'NoSuchKey') throw error
  }
}

/** Most services ignore the condition, and delete whatever is there. */
async function refuseUnheeded(connection: S3Connection): Promise<void> {
  const { service } = await connection.open()
  const { conditionalDelete = service === 'aws' ? 'supported' : 'unsupported' } = connection.settings
  if (conditionalDelete === 'supported') return
  throw new DriverError(
    'unsupported',
    'this service may ignore the ifMatch of a delete: look at the object before, ' +
      "or set conditionalDelete to 'supported' if it does heed it",
  )
}

/** Deletes in one request; one by one where the service does not take that, or XML not the key. */
export async function deleteObjects(
  connection: S3Connection,
  bucket: string,
  keys: readonly string[],
  options: Cancellable,
): Promise<readonly DeleteFailure[]> {
  const inXml = keys.filter((key) => XML_TEXT.test(key))
  const others = keys.filter((key) => !XML_TEXT.test(key))
  const failures = await deleteSingly(connection, bucket, others, options)
  if (inXml.length === 0) return failures
  try {
    return [...failures, ...(await deleteInBulk(connection, bucket, inXml, options))]
  } catch (error) {
    const { status, name } = readFailure(error)
    const isRefusal = status === 400 || status === 405 || status === 411 || status === 501
    if (!isRefusal || name === 'ExpiredToken') throw error
    return [...failures, ...(await deleteSingly(connection, bucket, inXml, options))]
  }
}

async function deleteInBulk(
  connection: S3Connection,
  bucket: string,
  keys: readonly string[],
  options: Cancellable,
): Promise<DeleteFailure[]> {
  const { service } = await connection.open()
  const answer = await connection.send((sdk) => {
    const command = new sdk.DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
    })
    if (service !== 'aws') useContentMd5(command.middlewareStack)
    return command
  }, options)
  return (answer.Errors ?? [])
    .filter(({ Code }) => Code !== 'NoSuchKey')
    .map(({ Key = '', Code, Message }) => ({
      key: Key,
      error: Object.assign(new Error(Message), { Code, name: Code }),
    }))
}

async function deleteSingly(
  connection: S3Connection,
  bucket: string,
  keys: readonly string[],
  options: Cancellable,
): Promise<DeleteFailure[]> {
  const failures: DeleteFailure[] = []
  await inParallel(keys, { concurrency: SINGLE_DELETES_AT_A_TIME, signal: options.signal }, async (key, signal) => {
    await deleteObject(connection, { bucket, key }, { signal }).catch((error: unknown) => {
      signal.throwIfAborted()
      failures.push({ key, error })
    })
  })
  return failures
}
