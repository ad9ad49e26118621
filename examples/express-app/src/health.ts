import { type BucketStore, StoreError } from '@bucket-brigade/core'
import { HttpProblem, sendProblem } from '@bucket-brigade/express'
import { Router } from 'express'

export interface HealthOptions {
  /** How long an answer about the bucket holds, in milliseconds. Default 1000. */
  readonly holdsForInMs?: number
  /** A bucket that says nothing for so long counts as away, in seconds. Default 5. */
  readonly patienceInSeconds?: number
  /** Told when the bucket is away, with the cause, and when it is back, with undefined. */
  readonly onChange?: (cause: unknown) => void
}

/** Nothing lies there. That the service says so is the answer: it knows the bucket, and these credentials. */
const PROBE_KEY = 'state/ready'

/**
 * What watchers ask: `GET /healthz`, whether this process is alive, and `GET /readyz`, whether it should be sent requests.
 *
 * The first never touches the bucket, so that nobody kills servers because a bucket is away. The second fails where the
 * bucket is, and once `drain` was called: whoever asks goes elsewhere before this server stops listening.
 */
export class Health {
  readonly router = Router()
  readonly #store: BucketStore
  readonly #holdsForInMs: number
  readonly #patienceInSeconds: number
  readonly #onChange: (cause: unknown) => void
  #away = false
  #draining = false
  /** Shared by all who ask while it holds. */
  #answer: Promise<HttpProblem | undefined> | undefined

  constructor(store: BucketStore, options: HealthOptions = {}) {
    const { holdsForInMs = 1000, patienceInSeconds = 5, onChange = () => {} } = options
    this.#store = store
    this.#holdsForInMs = holdsForInMs
    this.#patienceInSeconds = patienceInSeconds
    this.#onChange = onChange
    this.router.use(['/healthz', '/readyz'], (_req, res, next) => {
      res.set('cache-control', 'no-store')
      next()
    })
    this.router.get('/healthz', (_req, res) => {
      res.json({ status: 'alive' })
    })
    this.router.get('/readyz', async (req, res) => {
      const fault = this.#draining ? draining() : await this.#bucketFault()
      if (fault) await sendProblem(req, res, fault)
      else res.json({ status: 'ready' })
    })
  }

  /** From now on `/readyz` fails. */
  drain(): void {
    this.#draining = true
  }

  #bucketFault(): Promise<HttpProblem | undefined> {
    if (this.#answer !== undefined) return this.#answer
    const answer = this.#askBucket()
    this.#answer = answer
    void answer.then((fault) => {
      const away = fault !== undefined
      if (away !== this.#away) this.#onChange(fault?.cause)
      this.#away = away
      const forget = setTimeout(() => {
        this.#answer = undefined
      }, this.#holdsForInMs)
      forget.unref()
    })
    return answer
  }

  async #askBucket(): Promise<HttpProblem | undefined> {
    try {
      const { body } = await this.#store.get(PROBE_KEY, { signal: AbortSignal.timeout(this.#patienceInSeconds * 1000) })
      body.destroy()
      return undefined
    } catch (cause) {
      if (StoreError.is(cause, 'not-found')) return undefined
      const word = StoreError.is(cause) ? cause.code : 'no answer in time'
      const detail = `The bucket cannot be used (${word}): send requests to another server.`
      return new HttpProblem(503, 'store-unavailable', detail, { headers: { 'Retry-After': '2' }, cause })
    }
  }
}

function draining(): HttpProblem {
  const detail = 'This server finishes what it has begun, and stops: send requests to another one.'
  return new HttpProblem(503, 'draining', detail, { headers: { 'Retry-After': '2' } })
}
