import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type ObjectHead, type StoredObject, StoreError } from '@bucket-brigade/core'
import { HttpProblem } from '../problems/http-problem.js'
import { evaluateConditions, parseRange, type RequestedRange } from './conditional-request.js'
import type { DiskAccess } from './disk-access.js'
import type { ObjectAddress } from './object-address.js'
import { objectHeaders, type ReadPermission } from './object-headers.js'

/** How often an object may be replaced between looking at it and opening it: busy writers win a tenth of the time. */
const MAX_ATTEMPTS = 100

/** Answers GET and HEAD of one object. */
export async function readObject(
  access: DiskAccess,
  address: ObjectAddress,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const method = req.method === 'HEAD' ? 'HEAD' : 'GET'
  const byAddress = access.permitRead(method, address)
  for (let attempt = 1; ; attempt++) {
    const { head, permission } = await access.head(address, byAddress)
    const condition = evaluateConditions(req.headers, head)
    if (condition === 412) throw new HttpProblem(412, 'precondition-failed', 'The object is another version.')
    if (condition === 304) return sendHead(res, 304, notModifiedHeaders(head, permission))
    const range = method === 'GET' ? parseRange(req.headers, head) : undefined
    if (range === 'unsatisfiable') throw unsatisfiable(head)
    const headers = { ...objectHeaders(head, permission), ...lengthHeaders(head, range) }
    if (method === 'HEAD') return sendHead(res, 200, headers)
    const object = await open(access, address, head, range, attempt)
    if (object === undefined) continue
    res.writeHead(range === undefined ? 200 : 206, headers)
    return send(object, res)
  }
}

/** Undefined where the object was replaced since `head`: another look is needed. */
async function open(
  access: DiskAccess,
  address: ObjectAddress,
  head: ObjectHead,
  range: Exclude<RequestedRange, 'unsatisfiable'> | undefined,
  attempt: number,
): Promise<StoredObject | undefined> {
  try {
    return await access.call('get', address, (driver) => driver.get(address, { range, ifMatch: head.etag }))
  } catch (error) {
    if (!StoreError.is(error, 'precondition-failed')) throw error
    if (attempt < MAX_ATTEMPTS) return undefined
    throw new HttpProblem(503, 'store-unavailable', 'The object is replaced all the time. Try again in a moment.', {
      headers: { 'Retry-After': '1' },
      cause: error,
    })
  }
}

async function send(object: StoredObject, res: ServerResponse): Promise<void> {
  try {
    await pipeline(object.body, res)
  } catch (error) {
    const clientIsGone = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (!clientIsGone) throw error
  }
}

function sendHead(res: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  res.writeHead(status, headers).end()
}

function lengthHeaders(
  head: ObjectHead,
  range: Exclude<RequestedRange, 'unsatisfiable'> | undefined,
): Readonly<Record<string, string>> {
  if (range === undefined) return { 'Content-Length': String(head.size) }
  const { offset, length } = range
  return {
    'Content-Length': String(length),
    'Content-Range': `bytes ${offset}-${offset + length - 1}/${head.size}`,
  }
}

function notModifiedHeaders(head: ObjectHead, permission: ReadPermission): Readonly<Record<string, string>> {
  const kept = ['ETag', 'Last-Modified', 'Cache-Control']
  return Object.fromEntries(Object.entries(objectHeaders(head, permission)).filter(([name]) => kept.includes(name)))
}

function unsatisfiable(head: ObjectHead): HttpProblem {
  const detail = `The range lies outside of the object's ${head.size} bytes.`
  return new HttpProblem(416, 'range-not-satisfiable', detail, {
    headers: { 'Content-Range': `bytes */${head.size}` },
  })
}
