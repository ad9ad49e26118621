import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { compareKeys } from '../../../src/keys/key-order.js'
import { type Answer, failure, type SeenRequest, xml } from './scripted-service.js'

/** How a service differs from S3. Default: it does not. */
export interface Habits {
  /** What `If-None-Match` and `If-Match` of writes, and `If-Match` of deletes, do. */
  readonly conditions?: 'heeded' | 'ignored'
  /** The form of ETags that conditions of writes are compared with. */
  readonly etags?: 'quoted' | 'unquoted'
  /** The answer to `If-Match` where there is no object. */
  readonly absent?: 404 | 412
  readonly accessLists?: 'taken' | 'refused'
  readonly forms?: 'taken' | 'refused'
  readonly order?: 'utf-8' | 'newest-first'
  /** How far its clock is ahead. */
  readonly skewInSeconds?: number
  readonly expiresAt?: Date
  /** Origin whose pages may upload. */
  readonly origin?: string
}

interface Stored {
  readonly body: string
  readonly etag: string
  readonly type: string
  readonly modified: Date
}

/** A small S3 in memory, without signatures, for what no real service that runs here does. One bucket, plain keys. */
export function imitation(habits: Habits = {}): Answer {
  const objects = new Map<string, Stored>()
  return (response, request) => {
    const url = new URL(request.url, 'http://service')
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'))
    if (request.method === 'OPTIONS') preflight(response, request, habits)
    else if (url.searchParams.has('list-type')) list(response, url.searchParams, objects, habits)
    else if (url.searchParams.has('uploads')) failure(501, 'NotImplemented')(response, request)
    else if (request.method === 'POST' && url.searchParams.has('delete')) deleteMany(response, request, objects)
    else if (request.method === 'POST') form(response, request, objects, habits)
    else if (request.method === 'PUT') put(response, request, key, objects, habits)
    else if (request.method === 'DELETE') remove(response, request, key, objects, habits)
    else read(response, request, objects.get(key), habits)
  }
}

function store(key: string, body: string, type: string, objects: Map<string, Stored>, habits: Habits): Stored {
  const etag = `"${createHash('md5').update(body).digest('hex')}"`
  const stored = { body, etag, type, modified: new Date(Date.now() + (habits.skewInSeconds ?? 0) * 1000) }
  objects.delete(key)
  objects.set(key, stored)
  return stored
}

/** The refusal that the request's conditions mean, if any. */
function refusal({ headers }: SeenRequest, current: Stored | undefined, habits: Habits): Answer | undefined {
  if (habits.conditions === 'ignored') return undefined
  if (headers['if-none-match'] === '*' && current) return failure(412, 'PreconditionFailed')
  const wanted = headers['if-match']
  if (wanted === undefined) return undefined
  if (!current) return habits.absent === 404 ? failure(404, 'NoSuchKey') : failure(412, 'PreconditionFailed')
  const etag = habits.etags === 'unquoted' ? current.etag.replaceAll('"', '') : current.etag
  return wanted === etag ? undefined : failure(412, 'PreconditionFailed')
}

type Objects = Map<string, Stored>

function put(response: ServerResponse, request: SeenRequest, key: string, objects: Objects, habits: Habits): void {
  if (request.headers['x-amz-acl'] && habits.accessLists === 'refused') {
    failure(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs')(response, request)
    return
  }
  const refused = refusal(request, objects.get(key), habits)
  if (refused) {
    refused(response, request)
    return
  }
  const { etag } = store(key, request.body, request.headers['content-type'] ?? '', objects, habits)
  response.writeHead(200, { etag }).end()
}

function remove(response: ServerResponse, request: SeenRequest, key: string, objects: Objects, habits: Habits): void {
  const current = objects.get(key)
  const refused = current && refusal(request, current, habits)
  if (refused) {
    refused(response, request)
    return
  }
  objects.delete(key)
  response.writeHead(204).end()
}

function deleteMany(response: ServerResponse, request: SeenRequest, objects: Objects): void {
  for (const [, key = ''] of request.body.matchAll(/<Key>([^<]*)<\/Key>/g)) objects.delete(key)
  xml(200, '<DeleteResult/>')(response, request)
}

function read(response: ServerResponse, request: SeenRequest, stored: Stored | undefined, habits: Habits): void {
  if (!stored) {
    failure(404, 'NoSuchKey')(response, request)
    return
  }
  const { expiresAt } = habits
  response.writeHead(200, {
    etag: stored.etag,
    'content-type': stored.type,
    'content-length': Buffer.byteLength(stored.body),
    'last-modified': stored.modified.toUTCString(),
    ...(expiresAt && { 'x-amz-expiration': `expiry-date="${expiresAt.toUTCString()}", rule-id="tmp"` }),
  })
  response.end(stored.body)
}

function form(response: ServerResponse, request: SeenRequest, objects: Objects, habits: Habits): void {
  if (habits.forms === 'refused') {
    failure(501, 'NotImplemented')(response, request)
    return
  }
  const field = (name: string): string =>
    new RegExp(`name="${name}"[^]*?\\r\\n\\r\\n([^]*?)\\r\\n--`, 'i').exec(request.body)?.[1] ?? ''
  const policy = JSON.parse(Buffer.from(field('Policy'), 'base64').toString()) as { conditions: unknown[] }
  const range = policy.conditions.find(
    (condition) => Array.isArray(condition) && condition[0] === 'content-length-range',
  )
  const [, , max] = range as [string, number, number]
  if (field('file').length > max) failure(400, 'EntityTooLarge')(response, request)
  else response.writeHead(201, { etag: store(field('key'), field('file'), '', objects, habits).etag }).end()
}

function list(response: ServerResponse, query: URLSearchParams, objects: Objects, { order }: Habits): void {
  const all = [...objects].filter(([key]) => key.startsWith(query.get('prefix') ?? ''))
  if (order === 'newest-first') all.reverse()
  else all.sort(([a], [b]) => compareKeys(a, b))
  const start = Number(query.get('continuation-token') ?? 0)
  const end = start + Number(query.get('max-keys') ?? 1000)
  const contents = all
    .slice(start, end)
    .map(
      ([key, { body, etag, modified }]) =>
        `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${body.length}</Size><ETag>${etag}</ETag>` +
        `<LastModified>${modified.toISOString()}</LastModified></Contents>`,
    )
  const more =
    end < all.length ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${end}</NextContinuationToken>` : ''
  response.writeHead(200, { 'content-type': 'application/xml' })
  response.end(`<ListBucketResult><EncodingType>url</EncodingType>${more}${contents.join('')}</ListBucketResult>`)
}

function preflight(response: ServerResponse, { headers }: SeenRequest, { origin }: Habits): void {
  if (origin === undefined || headers.origin !== origin) response.writeHead(403).end()
  else {
    response.writeHead(200, {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, PUT, POST',
      'access-control-expose-headers': 'ETag',
    })
    response.end()
  }
}
