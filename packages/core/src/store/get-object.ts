import { Readable } from 'node:stream'
import type { DriverGetOptions, DriverHeadOptions, ObjectLocation, StoredObject } from '../contract/driver.js'
import { DriverError } from '../errors.js'
import { type Part, partsBetween, readParts } from '../transfer/parallel-read.js'
import { checkConcurrency, checkEtag, checkPartSize, checkRange } from '../values/option-checks.js'
import type { CallSubject, DriverCalls } from './driver-calls.js'
import type { GetOptions, HeadOptions } from './options.js'

export interface GetPlan extends DriverGetOptions {
  readonly concurrency: number
  readonly partSize: number
}

/** Completes and checks the options of a get. */
export function getPlan(options: GetOptions): GetPlan {
  return {
    range: checkRange(options.range),
    ...readConditions(options),
    concurrency: checkConcurrency(options.concurrency ?? 1),
    partSize: checkPartSize(options.partSizeInBytes),
  }
}

export function readConditions({ ifMatch, ifNoneMatch, signal }: HeadOptions): DriverHeadOptions {
  return { ifMatch: checkEtag('ifMatch', ifMatch), ifNoneMatch: checkEtag('ifNoneMatch', ifNoneMatch), signal }
}

/** Opens an object, or a range of it, by one request; by more where the plan allows them and it is large. */
export async function getObject(calls: DriverCalls, at: ObjectLocation, plan: GetPlan): Promise<StoredObject> {
  const { range } = plan
  if (range && 'offset' in range && range.length === 0) return getNothing(calls, at, range.offset, plan)
  if (plan.concurrency === 1) return open(calls, at, plan)
  if (range && 'suffix' in range) return getEnd(calls, at, range.suffix, plan)
  if (range?.length !== undefined && range.length <= plan.partSize) return open(calls, at, plan)
  return getParts(calls, at, range?.offset ?? 0, plan)
}

async function open(calls: DriverCalls, at: ObjectLocation, plan: DriverGetOptions): Promise<StoredObject> {
  const { range, ifMatch, ifNoneMatch, signal } = plan
  const subject = subjectOf(at, plan)
  const object = await calls.run(
    subject,
    (driver) => driver.get(at, { range, ifMatch, ifNoneMatch, signal }),
    (opened) => opened.range?.length ?? opened.size,
  )
  return { ...object, body: calls.wrapBody(subject, object.body) }
}

/** No service has a range without bytes. */
async function getNothing(
  calls: DriverCalls,
  at: ObjectLocation,
  offset: number,
  plan: GetPlan,
): Promise<StoredObject> {
  const { ifMatch, ifNoneMatch, signal } = plan
  const head = await calls.run(subjectOf(at, plan), (driver) => driver.head(at, { ifMatch, ifNoneMatch, signal }))
  if (offset <= head.size) return { ...head, range: { offset, length: 0 }, body: Readable.from([]) }
  throw new DriverError(
    'invalid-argument',
    `expected range.offset to be at most the size ${head.size}; received ${offset}`,
  )
}

/** Where the end begins, only the size tells. */
async function getEnd(calls: DriverCalls, at: ObjectLocation, suffix: number, plan: GetPlan): Promise<StoredObject> {
  if (suffix <= plan.partSize) return open(calls, at, plan)
  const { ifMatch, ifNoneMatch, signal } = plan
  const head = await calls.run(subjectOf(at, plan), (driver) => driver.head(at, { ifMatch, ifNoneMatch, signal }))
  const range = { offset: Math.max(0, head.size - suffix) }
  return getParts(calls, at, range.offset, { ...plan, range, ifMatch: head.etag })
}

async function getParts(calls: DriverCalls, at: ObjectLocation, offset: number, plan: GetPlan): Promise<StoredObject> {
  const { range, partSize, signal } = plan
  const length = range && 'offset' in range ? range.length : undefined
  const first = await open(calls, at, { ...plan, range: { offset, length: partSize } })
  const end = Math.min(first.size, length === undefined ? first.size : offset + length)
  const whole = { ...first, range: range && { offset, length: end - offset } }
  const parts = partsBetween(offset, end, partSize)
  if (parts.length <= 1) return whole
  const openPart = async (part: Part, stop: AbortSignal): Promise<StoredObject> => {
    const opened = await open(calls, at, { range: part, ifMatch: first.etag, signal: stop })
    if (opened.etag === first.etag) return opened
    opened.body.destroy()
    throw calls.wrap(subjectOf(at, {}), new DriverError('precondition-failed', 'it was replaced while it was read'))
  }
  return { ...whole, body: calls.wrapBody(subjectOf(at, { signal }), readParts(parts, first, openPart, plan)) }
}

function subjectOf(at: ObjectLocation, { signal }: DriverHeadOptions): CallSubject {
  return { operation: 'get', key: at.key, signal }
}
