import { setTimeout as sleep } from 'node:timers/promises'
import type { Cancellable, ObjectLocation, WriteMode } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { quoteEtag, unquoteEtag } from './etag.js'
import type { S3Connection, SendOptions } from './s3-connection.js'
import { readFailure } from './s3-failure.js'
import { cameFromTheWire } from './send-once.js'

/** The headers that make a write conditional. */
export interface Conditions {
  readonly IfNoneMatch?: string
  readonly IfMatch?: string
}

export interface ConditionalWrite extends Cancellable {
  readonly at: ObjectLocation
  readonly mode: WriteMode
  /** Whether the body can be sent a second time. */
  readonly body: 'replayable' | 'stream'
}

/** Sends the write once, or until it is answered, with these conditions. */
export type SendWrite<T> = (conditions: Conditions, options: Required<Pick<SendOptions, 'sends'>>) => Promise<T>

const CONFLICT_ATTEMPTS = 6
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
/** What the SDK says of a connection that was not made in time. */
const NOT_CONNECTED = /did not establish a connection/

/**
 * Writes on condition, the same on services that differ.
 *
 * Some services compare the `If-Match` of a write with the ETag without its quotes, so that the ETag that they gave
 * themselves never matches. Which form a service wants is learned from its answers: the first success decides. While
 * it is unknown, a 412 that a HEAD contradicts (the object does have that ETag) is tried once more in the other form.
 * That is still one compare-and-swap: a 412 means that nothing was written, and the second write is as conditional as
 * the first.
 */
export class ConditionalWriter {
  readonly #connection: S3Connection
  #form: 'quoted' | 'unquoted' | undefined

  constructor(connection: S3Connection) {
    this.#connection = connection
  }

  /** Undefined until a write told. */
  get ifMatchForm(): 'quoted' | 'unquoted' | undefined {
    const { ifMatchQuotes } = this.#connection.settings
    return ifMatchQuotes === 'auto' ? this.#form : ifMatchQuotes
  }

  async write<T>(plan: ConditionalWrite, send: SendWrite<T>): Promise<T> {
    const { mode } = plan
    if (mode === 'overwrite') return send({}, { sends: plan.body === 'stream' ? 'once' : 'until-answered' })
    if (mode === 'create') return this.#once(plan, { IfNoneMatch: '*' }, send)
    return this.#swap(plan, mode.ifMatch, send)
  }

  async #swap<T>(plan: ConditionalWrite, etag: string, send: SendWrite<T>): Promise<T> {
    const known = await this.#knownForm()
    try {
      return await this.#inForm(known ?? 'quoted', plan, etag, send)
    } catch (error) {
      if (known !== undefined || !isMismatch(error) || !(await this.#hasEtag(plan, etag))) throw error
      if (plan.body === 'stream') throw needsReplay(error)
      return await this.#inForm('unquoted', plan, etag, send)
    }
  }

  async #inForm<T>(form: 'quoted' | 'unquoted', plan: ConditionalWrite, etag: string, send: SendWrite<T>): Promise<T> {
    const sent = await this.#once(plan, { IfMatch: form === 'quoted' ? quoteEtag(etag) : unquoteEtag(etag) }, send)
    this.#form = form
    return sent
  }

  async #knownForm(): Promise<'quoted' | 'unquoted' | undefined> {
    const { service } = await this.#connection.open()
    return this.ifMatchForm ?? (service === 'aws' ? 'quoted' : undefined)
  }

  async #hasEtag({ at, signal }: ConditionalWrite, etag: string): Promise<boolean> {
    try {
      const head = await this.#connection.send((sdk) => new sdk.HeadObjectCommand({ Bucket: at.bucket, Key: at.key }), {
        signal,
      })
      return head.ETag !== undefined && quoteEtag(head.ETag) === quoteEtag(etag)
    } catch {
      // Missing, or not to be read: either way nothing contradicts the 412.
      return false
    }
  }

  async #once<T>(plan: ConditionalWrite, conditions: Conditions, send: SendWrite<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await send(conditions, { sends: 'once' })
      } catch (error) {
        if (plan.signal?.aborted) throw error
        const again = isConflict(error) && plan.body === 'replayable' && attempt < CONFLICT_ATTEMPTS
        if (!again) throw conditionalFailure(error, plan.mode)
      }
      await sleep(20 * 2 ** attempt * (0.5 + Math.random()), undefined, { signal: plan.signal })
    }
  }
}

/** 409: another write of this key was under way and this one was not carried out. */
function isConflict(error: unknown): boolean {
  const { status, name } = readFailure(error)
  return status === 409 && name === 'ConditionalRequestConflict'
}

function isMismatch(error: unknown): error is DriverError {
  return error instanceof DriverError && error.code === 'precondition-failed'
}

/** What a failed conditional write says about the object. Errors that are no answer to the condition stay as they are. */
function conditionalFailure(error: unknown, mode: WriteMode): unknown {
  const { status, name } = readFailure(error)
  const options = { cause: error }
  if (status === 412) {
    return mode === 'create'
      ? new DriverError('already-exists', 'there is an object with this key already', options)
      : new DriverError('precondition-failed', 'the object is no longer the version that was to be replaced', options)
  }
  if (status === 404 && mode !== 'create' && name !== 'NoSuchBucket' && name !== 'NoSuchUpload') {
    return new DriverError('precondition-failed', 'the object to be replaced is not there', options)
  }
  if (!isLost(error)) return error
  const what = status === undefined ? `no answer came (${name})` : `the service failed while it wrote (HTTP ${status})`
  return new DriverError('outcome-unknown', `${what}: read the object to learn whether the write was done`, options)
}

/** Whether the service may have carried out what it did not acknowledge. */
function isLost(error: unknown): boolean {
  const { status, name, message } = readFailure(error)
  if (status !== undefined) return status >= 500 && status !== 501
  return cameFromTheWire(error) && !NEVER_SENT.has(name) && !NOT_CONNECTED.test(message)
}

function needsReplay(cause: DriverError): DriverError {
  return new DriverError(
    'unsupported',
    'this service seems to want If-Match without quotes, and this stream cannot be sent twice to find out: ' +
      "set ifMatchQuotes to 'unquoted' or hand over bytes",
    { cause },
  )
}
