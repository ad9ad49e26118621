import { StoreError } from '@bucket-brigade/core'
import type { Request, Response, Router } from 'express'
import type { FormFile } from '../forms/form-options.js'
import { invalidRequest } from '../forms/form-problems.js'
import { receiveForm } from '../forms/receive-form.js'
import { requestScheme } from '../requests/request-scheme.js'
import { sizeProblem } from './arrived-object.js'
import { pinnedAttributes } from './single-upload.js'
import { tokenInvalid, type UploadTicket } from './upload-ticket.js'
import type { Uploads } from './uploads.js'

/** Names of the fields that are handed out; the file comes after them, in the field `file`. */
const TOKEN_FIELD = 'token'
const MAX_FIELD_BYTES = 16 * 1024
const MAX_FIELDS = 20

/** A form that carries a whole file through this server, for services that take none: as a bucket's POST form. */
export interface OwnForm {
  readonly method: 'POST'
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

/** The form for an upload that the service has no address for. */
export function ownForm(req: Request, ticket: UploadTicket, token: string): OwnForm {
  return {
    method: 'POST',
    url: absoluteUrl(req, `${req.baseUrl}/form`),
    fields: { key: ticket.key, 'Content-Type': ticket.type, [TOKEN_FIELD]: token },
    expiresAt: new Date(ticket.deadline * 1000),
  }
}

/** An address as a page on any origin reaches it. Clients take addresses apart, which a path alone would not survive. */
export function absoluteUrl(req: Request, url: string): string {
  return new URL(url, `${requestScheme(req)}://${req.host}`).href
}

/** Takes the form. Its signed field is the permission, as with a presigned address; what it allows is stored, and no more. */
export function addForm(router: Router, uploads: Uploads): void {
  router.post('/form', async (req: Request, res: Response) => {
    const limits = {
      fileField: 'file',
      position: 'last',
      maxFileBytes: uploads.settings.maxBytes,
      maxFields: MAX_FIELDS,
      maxFieldBytes: MAX_FIELD_BYTES,
    } as const
    const { result } = await receiveForm(req, limits, (file, fields) => storeFile(uploads, req, file, fields))
    const location = absoluteUrl(req, await uploads.store.url(result.key))
    res.status(204).set({ ETag: result.etag, Location: location }).end()
  })
}

async function storeFile(
  uploads: Uploads,
  req: Request,
  { stream, length }: FormFile,
  fields: ReadonlyMap<string, string>,
): Promise<{ readonly key: string; readonly etag: string }> {
  const ticket = await uploads.heldTicket(fields.get(TOKEN_FIELD), req)
  if (ticket.multipart !== undefined || fields.get('key') !== ticket.key) throw tokenInvalid()
  if (length === undefined) throw invalidRequest('expected a request with Content-Length, or a field "file_size"')
  const problem = sizeProblem(ticket, length, uploads.settings.maxBytes)
  if (problem !== undefined) throw problem
  try {
    return await uploads.store.put(ticket.key, stream, {
      ...pinnedAttributes(uploads.settings, ticket),
      contentLength: length,
    })
  } catch (error) {
    if (StoreError.is(error, 'integrity')) throw invalidRequest('expected the bytes that were announced', error)
    throw error
  }
}
