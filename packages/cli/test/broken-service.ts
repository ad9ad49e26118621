import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** What is wrong with a service. Default: nothing that the doctor would call a failure. */
export interface Ills {
  /** `ignored`: conditions of writes are taken, and overwrite all the same. */
  readonly conditions?: 'ignored'
  /** How far its clock is ahead. */
  readonly skewInSeconds?: number
  /** Strangers may read everything. */
  readonly openTo?: 'everybody'
  /** Answers every request with this error. */
  readonly refuses?: { readonly status: number; readonly code: string }
  /** Answers calls about the bucket itself, as CORS and lifecycle, with this status. */
  readonly settings?: 501 | 403
  readonly lists?: 'refused'
  /** Nobody may look at what is in it, or whether it is there. */
  readonly looks?: 'refused'
}

interface Stored {
  readonly body: string
  readonly etag: string
  readonly modified: Date
}

/** A bucket `pictures` that nobody would want: as much of S3 as the doctor asks for. Gives the environment for it. */
export async function brokenService(ills: Ills = {}): Promise<Record<string, string>> {
  const objects = new Map<string, Stored>()
  const server = createServer((request, response) => {
    void text(request).then((body) => answer(request, response, body, objects, ills))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const { port } = server.address() as AddressInfo
  return {
    BUCKET_URL: `s3://pictures?endpoint=http://127.0.0.1:${port}&region=us-east-1&maxAttempts=1`,
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG',
  }
}

type Objects = Map<string, Stored>
const SETTINGS = ['cors', 'lifecycle', 'location', 'publicAccessBlock', 'ownershipControls']

function answer(request: IncomingMessage, response: ServerResponse, body: string, objects: Objects, ills: Ills): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service')
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'))
  const isStranger = request.headers.authorization === undefined && !searchParams.has('X-Amz-Signature')
  if (ills.refuses) failure(response, ills.refuses.status, ills.refuses.code)
  else if (request.method === 'OPTIONS') response.writeHead(403).end()
  else if (SETTINGS.some((name) => searchParams.has(name))) failure(response, ills.settings ?? 501, settingsCode(ills))
  else if (isStranger && request.method === 'GET' && ills.openTo !== 'everybody') failure(response, 403, 'AccessDenied')
  else if (ills.looks === 'refused' && /GET|HEAD/.test(request.method ?? '')) failure(response, 403, 'AccessDenied')
  else if (searchParams.has('list-type') || key === '') listOrForm(request, response, searchParams, objects, ills)
  else if (searchParams.has('uploads')) failure(response, 501, 'NotImplemented')
  else if (request.method === 'PUT') put(request, response, key, body, objects, ills)
  else if (request.method === 'DELETE') {
    objects.delete(key)
    response.writeHead(204).end()
  } else read(response, objects.get(key))
}

function settingsCode({ settings }: Ills): string {
  return settings === 403 ? 'AccessDenied' : 'NotImplemented'
}

function put(
  { headers }: IncomingMessage,
  response: ServerResponse,
  key: string,
  body: string,
  objects: Objects,
  { conditions, skewInSeconds = 0 }: Ills,
): void {
  const current = objects.get(key)
  const isRefused =
    (headers['if-none-match'] === '*' && current !== undefined) ||
    (headers['if-match'] !== undefined && headers['if-match'] !== current?.etag)
  if (isRefused && conditions !== 'ignored') {
    failure(response, 412, 'PreconditionFailed')
    return
  }
  const etag = `"${createHash('md5').update(body).digest('hex')}"`
  objects.set(key, { body, etag, modified: new Date(Date.now() + skewInSeconds * 1000) })
  response.writeHead(200, { etag }).end()
}

function read(response: ServerResponse, stored: Stored | undefined): void {
  if (!stored) {
    failure(response, 404, 'NoSuchKey')
    return
  }
  const { body, etag, modified } = stored
  response.writeHead(200, { etag, 'content-length': Buffer.byteLength(body), 'last-modified': modified.toUTCString() })
  response.end(body)
}

function listOrForm(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  objects: Objects,
  { lists }: Ills,
): void {
  if (request.method === 'POST') {
    failure(response, 501, 'NotImplemented')
    return
  }
  if (lists === 'refused') {
    failure(response, 403, 'AccessDenied')
    return
  }
  const found = [...objects]
    .filter(([key]) => key.startsWith(query.get('prefix') ?? ''))
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const start = Number(query.get('continuation-token') ?? 0)
  const end = start + Number(query.get('max-keys') ?? 1000)
  const contents = found
    .slice(start, end)
    .map(
      ([key, { body, etag, modified }]) =>
        `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${body.length}</Size><ETag>${etag}</ETag>` +
        `<LastModified>${modified.toISOString()}</LastModified></Contents>`,
    )
  const more =
    end < found.length ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${end}</NextContinuationToken>` : ''
  response.writeHead(200, { 'content-type': 'application/xml' })
  response.end(`<ListBucketResult><EncodingType>url</EncodingType>${more}${contents.join('')}</ListBucketResult>`)
}

function failure(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>said the service</Message></Error>`)
}
