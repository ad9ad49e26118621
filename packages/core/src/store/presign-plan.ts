import type { Acl, DriverPresignOptions, DriverSignOptions } from '../contract/driver.js'
import { checkMetadata } from '../values/attribute-checks.js'
import { checkExpiry, checkHeader, checkInteger, checkOneOf, checkRedirect } from '../values/option-checks.js'
import type { PresignUploadOptions, SignedUrlOptions } from './options.js'

/** Completes and checks how a stranger may read. */
export function signPlan(options: SignedUrlOptions): DriverSignOptions {
  return {
    method: checkOneOf('method', options.method ?? 'GET', ['GET', 'HEAD']),
    expiresInSeconds: checkExpiry(options.expiresInSeconds),
    responseContentType: checkHeader('responseContentType', options.responseContentType),
    responseContentDisposition: checkHeader('responseContentDisposition', options.responseContentDisposition),
  }
}

/** Completes and checks what a stranger may upload. */
export function presignPlan(options: PresignUploadOptions, acl: Acl | undefined): DriverPresignOptions {
  checkOneOf('method', options.method, ['POST', 'PUT'])
  const shared = {
    // The type is what tells a picture from a page, so that it is never left to the stranger.
    contentType: checkHeader('contentType', options.contentType ?? ''),
    expiresInSeconds: checkExpiry(options.expiresInSeconds),
    metadata: checkMetadata(options.metadata ?? {}),
    acl,
  }
  if (options.method === 'PUT') {
    const contentLength = checkInteger('contentLength', options.contentLength, 0, Number.MAX_SAFE_INTEGER)
    const mode = checkOneOf('mode', options.mode ?? 'overwrite', ['overwrite', 'create'])
    return { kind: 'put', ...shared, contentLength, mode }
  }
  const maxBytes = checkInteger('maxBytes', options.maxBytes, 1, Number.MAX_SAFE_INTEGER)
  const minBytes = checkInteger('minBytes', options.minBytes ?? 1, 0, maxBytes)
  const successRedirect = checkRedirect('successRedirect', options.successRedirect)
  return { kind: 'post', ...shared, minBytes, maxBytes, successRedirect }
}
