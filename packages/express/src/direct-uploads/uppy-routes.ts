import { show } from '@bucket-brigade/core'
import type { Request, Response, Router } from 'express'
import { invalidRequest } from '../forms/form-problems.js'
import { HttpProblem, problemOf } from '../problems/http-problem.js'
import { absoluteUrl, ownForm } from './form-route.js'
import { isPartNumber, JsonFields, parseJson } from './json-fields.js'
import type { AnnouncedUpload } from './upload-options.js'
import { tokenInvalid, type UploadTicket } from './upload-ticket.js'
import type { Uploads } from './uploads.js'

type FileOfUppy = Omit<AnnouncedUpload, 'user'>
type PartRequest = Request<{ uploadId: string; partNumber: string }>

const MAX_BATCH = 100

/**
 * What stock clients of Uppy 5 and 6 call (`@uppy/aws-s3`), as Companion would answer it.
 *
 * They take `uploadId` for opaque: it is the token. They tell no size, unless the page keeps one in the file's
 * metadata (`size`), so that parts are signed without a length and the sum is checked at the end.
 */
export function addUppy(router: Router, uploads: Uploads): void {
  addWhole(router, uploads)
  addParts(router, uploads)
  router.get('/s3/sts', () => {
    throw new HttpProblem(404, 'not-found', 'This server gives no temporary credentials out: leave that option unset.')
  })
}

/** Refusals as these clients show them to people: `error` and `message` beside the members of every other refusal. */
export function uppyProblem(error: unknown, req: { readonly url?: string | undefined }): HttpProblem | undefined {
  if (!(req.url ?? '').startsWith('/s3/')) return undefined
  const { status, code, detail, title, headers, extra } = problemOf(error)
  return new HttpProblem(status, code, detail, {
    ...{ title, headers, cause: error },
    extra: { ...extra, error: code, message: detail },
  })
}

function addWhole(router: Router, uploads: Uploads): void {
  router.get('/s3/params', async (req: Request, res: Response) => {
    const sender = await uploads.senderOf(req)
    const { ticket, token } = await uploads.begin(fileOf(textsOf(req.query), metadataOf(req)), 'whole', req, sender)
    // Version 5 asks for JSON here, version 6 for anything, and only 5 waits for an ETag for ever.
    const client = req.get('accept')?.includes('json') ? 'waits for an ETag' : 'any'
    const upload = (await uploads.presign(ticket, client)) ?? ownForm(req, ticket, token)
    // Version 6 sends forms only.
    const { method, url, fields } = upload.method === 'POST' ? upload : ownForm(req, ticket, token)
    res.json({ method, url: absoluteUrl(req, url), fields })
  })
}

function addParts(router: Router, uploads: Uploads): void {
  const one = '/s3/multipart/:uploadId'
  router.post('/s3/multipart', async (req: Request, res: Response) => {
    const sender = await uploads.senderOf(req)
    await parseJson(req, res)
    const fields = new JsonFields(req)
    const file = fileOf(
      new Map([
        ['filename', fields.text('filename')],
        ['type', fields.text('type')],
      ]),
      fields.texts('metadata'),
    )
    const { ticket, token } = await uploads.begin(file, 'free-parts', req, sender)
    res.json({ key: ticket.key, uploadId: token })
  })
  router.get(one, async (req: PartRequest, res: Response) => {
    const parts = await uploads.arrived(await ticketOf(uploads, req))
    res.json(parts.map(({ partNumber, etag, size }) => ({ PartNumber: partNumber, ETag: etag, Size: size })))
  })
  router.get(`${one}/batch`, async (req: PartRequest, res: Response) => {
    const ticket = await ticketOf(uploads, req)
    const numbers = textOf(req, 'partNumbers').split(',').map(Number)
    if (numbers.length > MAX_BATCH) throw invalidRequest(`expected at most ${MAX_BATCH} part numbers`)
    const addresses = await uploads.presignParts(ticket, numbers.map(partNumberOf))
    res.json({ presignedUrls: Object.fromEntries(addresses.map(({ url }, index) => [String(numbers[index]), url])) })
  })
  router.get(`${one}/:partNumber`, async (req: PartRequest, res: Response) => {
    const ticket = await ticketOf(uploads, req)
    const [address] = await uploads.presignParts(ticket, [partNumberOf(Number(req.params.partNumber))])
    // Without `expires`, which version 5 takes for the time that the part itself may take.
    res.json({ url: address?.url })
  })
  router.post(`${one}/complete`, async (req: PartRequest, res: Response) => {
    const ticket = await ticketOf(uploads, req)
    await parseJson(req, res)
    const named = new JsonFields(req).parts('parts', ['PartNumber', 'ETag'])
    if (named === undefined) throw invalidRequest('expected parts to be the list of parts')
    const completed = await uploads.complete(ticket, named)
    const answer = await uploads.answerFor(completed, req)
    const more = typeof answer === 'object' && answer !== null ? answer : {}
    res.json({ location: await uploads.store.url(completed.key), key: completed.key, ...more })
  })
  router.delete(one, async (req: PartRequest, res: Response) => {
    await uploads.abort(await ticketOf(uploads, req))
    res.json({})
  })
}

/** The upload that path and query name, both of them. */
async function ticketOf(uploads: Uploads, req: PartRequest): Promise<UploadTicket> {
  const sender = await uploads.senderOf(req)
  const ticket = await uploads.ticket(req.params.uploadId, sender)
  if (ticket.multipart === undefined || textOf(req, 'key') !== ticket.key) throw tokenInvalid()
  return ticket
}

function fileOf(given: ReadonlyMap<string, string>, metadata: Readonly<Record<string, string>>): FileOfUppy {
  const { size } = metadata
  const bytes = size !== undefined && /^(?:0|[1-9][0-9]{0,14})$/.test(size) ? Number(size) : undefined
  return { filename: given.get('filename') ?? '', type: given.get('type') ?? '', bytes, metadata }
}

/** `metadata[name]=value`: nested or flat, as Express's setting `query parser` makes it. */
function metadataOf(req: Request): Readonly<Record<string, string>> {
  const { metadata } = req.query
  const nested = typeof metadata === 'object' && !Array.isArray(metadata) ? [...textsOf(metadata)] : []
  const flat = [...textsOf(req.query)].flatMap(([name, value]): [string, string][] => {
    const inner = /^metadata\[([^\]]+)\]$/.exec(name)?.[1]
    return inner === undefined ? [] : [[inner, value]]
  })
  return Object.fromEntries([...nested, ...flat])
}

function textsOf(query: object): ReadonlyMap<string, string> {
  return new Map(Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function textOf(req: PartRequest, name: string): string {
  const value = req.query[name]
  if (typeof value === 'string' && value !== '') return value
  throw invalidRequest(`expected ${name} once in the query`)
}

function partNumberOf(value: number): number {
  if (isPartNumber(value)) return value
  throw invalidRequest(`expected part numbers from 1 to 10000; received ${show(value)}`)
}
