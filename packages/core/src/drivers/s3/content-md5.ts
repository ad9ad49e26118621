import { createHash } from 'node:crypto'
import type { ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3'
import { isHttpRequest } from './http-request.js'
import type { S3Command } from './s3-sdk.js'

/**
 * With some calls the SDK sends a CRC-32, whatever is configured: S3 insists on a checksum there. Services other than AWS
 * want the MD5 of old.
 */
export function useContentMd5<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  stack: S3Command<Input, Output>['middlewareStack'],
): void {
  stack.add(
    (next) => (args) => {
      const { request } = args
      if (isHttpRequest(request) && request.body !== undefined) {
        for (const name of Object.keys(request.headers)) {
          if (/^x-amz-(?:checksum-|sdk-checksum-)/i.test(name)) delete request.headers[name]
        }
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64')
      }
      return next(args)
    },
    { name: 'contentMd5', step: 'build', priority: 'low' },
  )
}
