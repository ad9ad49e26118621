import type { ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3'
import type { ObjectLocation } from '../../contract/driver.js'
import { encodeKey } from '../../keys/object-key.js'
import { isHttpRequest } from './http-request.js'
import type { S3Command } from './s3-sdk.js'

/** What is copied, as the SDK's commands name it. */
export function copySourceFields({ bucket, key }: ObjectLocation, ifMatch: string | undefined) {
  return { CopySource: `${bucket}/${encodeKey(key)}`, CopySourceIfMatch: ifMatch }
}

/** Ceph RGW (measured: 16.2) reads the condition under a name of its own, and ignores that of S3. */
export function pinCopySource<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  command: S3Command<Input, Output>,
  service: 'aws' | 'other',
  ifMatch: string | undefined,
): S3Command<Input, Output> {
  if (service === 'aws' || ifMatch === undefined) return command
  command.middlewareStack.add(
    (next) => (args) => {
      if (isHttpRequest(args.request)) args.request.headers['x-amz-copy-if-match'] = ifMatch
      return next(args)
    },
    { name: 'pinCopySource', step: 'build' },
  )
  return command
}
