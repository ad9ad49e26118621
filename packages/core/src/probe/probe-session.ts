import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../errors.js'
import type { BucketStore } from '../store/bucket-store.js'
import { checkSeconds } from '../values/option-checks.js'
import type { ConditionalWriteReport, ProbeFinding, ProbeOptions } from './report.js'

/** What became of a write. */
export type Attempt = { readonly code: 'ok'; readonly etag: string } | StoreError

const ATTEMPTS = 3
/** Some services take one write per key and second. */
const PAUSE_MILLISECONDS = 1100
/** How long is spent on removing what a probe that failed has written. */
const REMOVAL_SECONDS = 5
const MAX_REQUEST_SECONDS = 3600

/** One run of the probe: the objects that it writes, all below a random prefix, and their removal. */
export class ProbeSession {
  readonly store: BucketStore
  readonly options: ProbeOptions
  readonly #prefix = `tmp/probe/${randomBytes(16).toString('hex')}/`
  readonly #written = new Set<string>()
  /** Node 20 forgets the time of a signal that only `AbortSignal.any` knows. */
  readonly #limits = new Set<AbortSignal>()

  /** @throws DriverError `invalid-argument` */
  constructor(store: BucketStore, options: ProbeOptions) {
    const { requestTimeoutSeconds } = options
    if (requestTimeoutSeconds !== undefined) {
      checkSeconds('requestTimeoutSeconds', requestTimeoutSeconds, MAX_REQUEST_SECONDS)
    }
    this.store = store
    this.options = options
  }

  /** Of one request: its time begins now. */
  get signal(): AbortSignal | undefined {
    const { signal, requestTimeoutSeconds } = this.options
    return requestTimeoutSeconds === undefined ? signal : this.within(requestTimeoutSeconds)
  }

  /** Of a request that ends with the probe, and after so many seconds from now. */
  within(seconds: number): AbortSignal {
    const { signal } = this.options
    const limit = this.#limit(seconds)
    return signal ? AbortSignal.any([signal, limit]) : limit
  }

  /** A key below the probe's own prefix; whatever comes to be there is removed in the end. */
  key(name: string): string {
    const key = this.#prefix + name
    this.#written.add(key)
    return key
  }

  /** A write without an access control list: what the probe makes is nobody's to read. */
  put(key: string, body: string, mode?: 'create' | { readonly ifMatch: string }): Promise<Attempt> {
    return this.attempt(() => this.store.put(key, body, { ...(mode && { mode }), acl: 'none', signal: this.signal }))
  }

  /** Tries once more after a while where the service asks for that. Aborts pass through. */
  async attempt(write: () => Promise<{ readonly etag: string }>): Promise<Attempt> {
    for (let tries = 1; ; tries++) {
      try {
        return { code: 'ok', etag: (await write()).etag }
      } catch (error) {
        if (!StoreError.is(error)) throw error
        if (error.code !== 'unavailable' || tries === ATTEMPTS) return error
      }
      await sleep(PAUSE_MILLISECONDS, undefined, { signal: this.options.signal })
    }
  }

  /** Removes what was written, also where the probe fails: then that failure is the one to tell. */
  async run<T>(
    probe: (session: this) => Promise<T>,
  ): Promise<{ readonly findings: T } & Pick<ConditionalWriteReport, 'delete' | 'leftovers'>> {
    try {
      const findings = await probe(this)
      return { findings, ...(await this.#removeAll(() => this.signal)) }
    } catch (error) {
      // A service that does not answer would not answer this either.
      const limit = this.#limit(REMOVAL_SECONDS)
      await this.#removeAll(() => limit).catch(() => {})
      throw error
    }
  }

  #limit(seconds: number): AbortSignal {
    const limit = AbortSignal.timeout(Math.ceil(seconds * 1000))
    this.#limits.add(limit)
    return limit
  }

  async #removeAll(
    signalOf: () => AbortSignal | undefined,
  ): Promise<Pick<ConditionalWriteReport, 'delete' | 'leftovers'>> {
    const leftovers: string[] = []
    let refusal: StoreError | undefined
    for (const key of this.#written) {
      try {
        await this.store.delete(key, { signal: signalOf() })
      } catch (error) {
        if (!StoreError.is(error)) throw error
        refusal ??= error
        leftovers.push(key)
      }
    }
    if (!refusal) return { delete: { outcome: 'honoured', detail: 'what the probe wrote was removed' }, leftovers }
    const detail = `deleting failed with ${refusal.code}: ${refusal.message}`
    const cure = 'grant s3:DeleteObject, or leave what is below tmp/ to a lifecycle rule'
    return { delete: { outcome: 'refused', detail, cure }, leftovers }
  }
}

/** An error that says nothing about what is probed: a refusal, or something that another try may not meet. */
export function unexpected(error: StoreError, what: string, cure?: string): ProbeFinding {
  const isPassing = error.code === 'unavailable' || error.code === 'outcome-unknown' || error.code === 'unknown'
  return {
    outcome: isPassing ? 'untested' : 'refused',
    detail: `${what} failed with ${error.code}: ${error.message}`,
    cure: isPassing ? 'probe again' : cure,
  }
}
