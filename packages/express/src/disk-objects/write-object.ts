import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DriverBody, StoreError, show } from '@bucket-brigade/core'
import { fileTooLarge } from '../forms/form-problems.js'
import { receiveBody } from '../forms/receive-body.js'
import { HttpProblem } from '../problems/http-problem.js'
import type { DrainOptions } from '../requests/drain-request.js'
import { type DiskAccess, permissionDenied } from './disk-access.js'
import type { ObjectAddress } from './object-address.js'

/** As S3: the largest body of one request. Parts may be signed without a length. */
const MAX_BODY_BYTES = 5 * 1024 ** 3

type WritePermission = ReturnType<DiskAccess['permitWrite']>

/** Answers a presigned PUT: of one object, or of one part of a multipart upload. Exactly what was signed is taken. */
export async function writeObject(
  access: DiskAccess,
  address: ObjectAddress,
  req: IncomingMessage,
  res: ServerResponse,
  drain: DrainOptions,
): Promise<void> {
  const permission = access.permitWrite(address)
  const length = announcedLength(req, permission)
  const { etag } = await receiveBody(req, drain, (stream) =>
    store(access, address, permission, { kind: 'stream', stream, length }),
  )
  res.writeHead(200, { ETag: etag, 'Content-Length': '0' }).end()
}

async function store(
  access: DiskAccess,
  address: ObjectAddress,
  permission: WritePermission,
  body: DriverBody,
): Promise<{ readonly etag: string }> {
  if (permission.kind === 'part') {
    const { uploadId, partNumber } = permission
    return access.call('upload-part', address, (driver) => driver.uploadPart(address, uploadId, partNumber, body, {}))
  }
  const { contentType, metadata, acl, mode } = permission
  try {
    return await access.call('put', address, (driver) =>
      driver.put(address, body, { attributes: { contentType, metadata }, acl, mode }),
    )
  } catch (error) {
    // As S3 answers a presigned PUT with a signed If-None-Match.
    if (!StoreError.is(error, 'already-exists')) throw error
    throw new HttpProblem(412, 'already-exists', 'There is such an object already.', { cause: error })
  }
}

/** The body's length, which may be sent. @throws HttpProblem before a byte is read */
function announcedLength(req: IncomingMessage, permission: WritePermission): number {
  const { 'content-length': announced, 'content-type': type = '' } = req.headers
  if (announced === undefined) throw lengthRequired()
  const length = Number(announced)
  if (permission.contentLength !== undefined && length !== permission.contentLength) {
    throw permissionDenied(`the URL is signed for ${permission.contentLength} bytes, the request has ${length}`)
  }
  if (length > MAX_BODY_BYTES) throw fileTooLarge('body', MAX_BODY_BYTES)
  if (permission.kind === 'put' && type !== permission.contentType) {
    throw permissionDenied(
      `the URL is signed for Content-Type ${show(permission.contentType)}, the request has ${show(type)}`,
    )
  }
  return length
}

export function lengthRequired(): HttpProblem {
  return new HttpProblem(411, 'length-required', 'Expected a Content-Length; chunked bodies cannot be held to a limit.')
}
