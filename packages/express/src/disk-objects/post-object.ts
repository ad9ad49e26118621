import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DriverBody } from '@bucket-brigade/core'
import type { FormPermission } from '@bucket-brigade/core/disk'
import type { FormFile } from '../forms/form-options.js'
import { fileTooLarge, invalidRequest } from '../forms/form-problems.js'
import { receiveForm } from '../forms/receive-form.js'
import type { DrainOptions } from '../requests/drain-request.js'
import type { DiskAccess } from './disk-access.js'
import type { ObjectAddress } from './object-address.js'
import { lengthRequired } from './write-object.js'

/** Fields are held in memory before anybody is known to be allowed to send them; a policy with key and metadata is half of it. */
const MAX_FORM_FIELDS = 50
const MAX_FORM_FIELD_BYTES = 16 * 1024

/** As S3: the largest object of one request. The signed limit is checked before the file is read. */
const MAX_FORM_FILE_BYTES = 5 * 1024 ** 3

interface PostedObject {
  readonly key: string
  readonly etag: string
  /** Where a browser goes afterwards, as signed. */
  readonly successRedirect: string | undefined
}

/** Answers a presigned POST form. Its file comes last, in the field `file`. */
export async function postObject(
  access: DiskAccess,
  address: ObjectAddress,
  req: IncomingMessage,
  res: ServerResponse,
  drain: DrainOptions,
): Promise<void> {
  if (req.headers['content-length'] === undefined) throw lengthRequired()
  const { bucket } = address
  const options = {
    ...drain,
    fileField: 'file',
    position: 'last',
    maxFileBytes: MAX_FORM_FILE_BYTES,
    maxFields: MAX_FORM_FIELDS,
    maxFieldBytes: MAX_FORM_FIELD_BYTES,
  } as const
  const { fields, result } = await receiveForm(req, options, (file, fields) =>
    storeFile(access, bucket, file, access.permitForm(bucket, fields)),
  )
  answer(access, bucket, result, fields.get('success_action_status'), res)
}

async function storeFile(
  access: DiskAccess,
  bucket: string,
  { stream, length = 0 }: FormFile,
  permission: FormPermission,
): Promise<PostedObject> {
  const { key, contentType, metadata, acl, minBytes, maxBytes, successRedirect } = permission
  if (length > maxBytes) throw fileTooLarge('file', maxBytes)
  if (length < minBytes) throw invalidRequest(`expected a file of at least ${minBytes} bytes; received ${length}`)
  const at = { bucket, key }
  const body: DriverBody = { kind: 'stream', stream, length }
  const { etag } = await access.call('put', at, (driver) =>
    driver.put(at, body, { attributes: { contentType, metadata }, acl, mode: 'overwrite' }),
  )
  return { key, etag, successRedirect }
}

/**
 * 303 to where the form was signed for; else 204, unless the form asks for 200 or, with a body that says where the
 * object is, 201. As S3 does.
 */
function answer(
  access: DiskAccess,
  bucket: string,
  { key, etag, successRedirect }: PostedObject,
  wanted: string | undefined,
  res: ServerResponse,
): void {
  const location = access.driver.publicUrl({ bucket, key })
  const headers = { ETag: etag, Location: location }
  if (successRedirect !== undefined) {
    const onward = withQuery(successRedirect, { bucket, key, etag })
    res.writeHead(303, { ETag: etag, Location: onward, 'Content-Length': '0' }).end()
    return
  }
  if (wanted !== '201') {
    const status = wanted === '200' ? 200 : 204
    res.writeHead(status, status === 200 ? { ...headers, 'Content-Length': '0' } : headers).end()
    return
  }
  const members = Object.entries({ Location: location, Bucket: bucket, Key: key, ETag: etag })
  const body = members.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`).join('')
  res
    .writeHead(201, { ...headers, 'Content-Type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${body}</PostResponse>`)
}

/** An address with parameters after those that it has. */
function withQuery(address: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(address)
  const more = new URLSearchParams(parameters).toString()
  url.search = url.search === '' ? more : `${url.search}&${more}`
  return url.href
}

const XML_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => XML_ENTITIES[character] ?? character)
}
