import type { PresignedUpload, UploadedPart } from '@bucket-brigade/core'
import type { Request, Response, Router } from 'express'
import { type OwnForm, ownForm } from './form-route.js'
import { JsonFields, parseJson } from './json-fields.js'
import type { UploadTicket } from './upload-ticket.js'
import type { BegunUpload, Uploads } from './uploads.js'

/** The protocol of `@bucket-brigade/browser`: JSON by POST, and no token in any address. */
export function addProtocol(router: Router, uploads: Uploads): void {
  const withTicket = (route: string, answer: (req: Request, res: Response, call: Call) => Promise<void>) =>
    router.post(route, async (req: Request, res: Response) => {
      const sender = await uploads.senderOf(req)
      await parseJson(req, res)
      const fields = new JsonFields(req)
      const token = fields.raw('token')
      await answer(req, res, { fields, token, ticket: await uploads.ticket(token, sender) })
    })

  router.post('/', async (req: Request, res: Response) => {
    const sender = await uploads.senderOf(req)
    await parseJson(req, res)
    const fields = new JsonFields(req)
    const bytes = fields.number('bytes')
    const way = bytes > uploads.settings.multipartAboveBytes ? 'equal-parts' : 'whole'
    const file = {
      filename: fields.text('filename'),
      type: fields.text('type'),
      bytes,
      metadata: fields.texts('metadata'),
    }
    const begun = await uploads.begin(file, way, req, sender)
    res.status(201).json({ token: begun.token, upload: await nextUpload(uploads, req, begun) })
  })
  withTicket('/renew', async (req, res, { ticket, token }) => {
    res.json({ upload: await nextUpload(uploads, req, { ticket, token: String(token) }) })
  })
  withTicket('/parts', async (_req, res, { ticket, fields }) => {
    const numbers = fields.partNumbers('partNumbers')
    const addresses = await uploads.presignParts(ticket, numbers)
    const parts = addresses.map(({ url, expiresAt }, index) => ({ partNumber: numbers[index], url, expiresAt }))
    res.json({ parts })
  })
  withTicket('/uploaded', async (_req, res, { ticket }) => {
    res.json({ parts: (await uploads.arrived(ticket)).map(described) })
  })
  withTicket('/complete', async (req, res, { ticket, fields }) => {
    const completed = await uploads.complete(ticket, fields.parts('parts', ['partNumber', 'etag']))
    res.status(201).json(await uploads.answerFor(completed, req))
  })
  withTicket('/abort', async (_req, res, { ticket }) => {
    await uploads.abort(ticket)
    res.json({})
  })
}

interface Call {
  readonly fields: JsonFields
  readonly token: unknown
  readonly ticket: UploadTicket
}

type NextUpload =
  | PresignedUpload
  | OwnForm
  | { readonly method: 'MULTIPART'; readonly partBytes: number | undefined; readonly expiresAt: Date }

async function nextUpload(uploads: Uploads, req: Request, { ticket, token }: BegunUpload): Promise<NextUpload> {
  if (ticket.multipart === undefined) return (await uploads.presign(ticket)) ?? ownForm(req, ticket, token)
  const { partBytes } = ticket.multipart
  return { method: 'MULTIPART', partBytes, expiresAt: new Date(ticket.deadline * 1000) }
}

function described({ partNumber, etag, size }: UploadedPart) {
  return { partNumber, etag, bytes: size }
}
