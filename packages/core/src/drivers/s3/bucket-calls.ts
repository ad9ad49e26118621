import type { ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3'
import type { Cancellable } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { useContentMd5 } from './content-md5.js'
import type { S3Connection } from './s3-connection.js'
import { readFailure } from './s3-failure.js'
import type { S3Command, S3Sdk } from './s3-sdk.js'

/** What a call is about, where services may lack it. */
export interface BucketCall extends Cancellable {
  /** What S3 answers where nothing was ever set: `NoSuchCORSConfiguration`. */
  readonly unset?: string
  /** What to say where the service has no such call. */
  readonly missing: string
}

/** Reads settings of a bucket. Undefined where they were never made. */
export async function readSettings<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  connection: S3Connection,
  build: (sdk: S3Sdk) => S3Command<Input, Output>,
  call: BucketCall,
): Promise<Output | undefined> {
  try {
    return await connection.send(build, call)
  } catch (error) {
    if (readFailure(error).name === call.unset) return undefined
    throw explained(error, call)
  }
}

/** Writes settings of a bucket. */
export async function writeSettings<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  connection: S3Connection,
  build: (sdk: S3Sdk) => S3Command<Input, Output>,
  call: BucketCall,
): Promise<void> {
  const { service } = await connection.open()
  try {
    await connection.send((sdk) => {
      const command = build(sdk)
      if (service !== 'aws') useContentMd5(command.middlewareStack)
      return command
    }, call)
  } catch (error) {
    throw explained(error, call)
  }
}

/** True where an answer must be looked at: a service that does not know a call may take it for another one, and say yes. */
export async function mayPretend(connection: S3Connection): Promise<boolean> {
  return (await connection.open()).service !== 'aws'
}

/** Some services say that they lack a call, others that they know no such thing, or that it makes no sense. */
function explained(error: unknown, { missing }: BucketCall): unknown {
  const { status, name } = readFailure(error)
  const isMissing = status === 501 || status === 405 || name === 'NotImplemented' || name === 'MethodNotAllowed'
  return isMissing ? new DriverError('unsupported', missing, { cause: error }) : error
}
