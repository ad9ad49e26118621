import type { BucketStore } from '../store/bucket-store.js'
import { probeDirectUploads } from './probe.js'
import type { DirectUploadReport } from './report.js'

/** For each of some small requests: somebody is waiting. */
const PATIENCE_SECONDS = 10
/** After a trial that told nothing, as the service could not be reached. */
const NEXT_TRIAL_MILLISECONDS = 60_000

/** How a browser sends a whole file to the bucket: in a form whose size the service limits, or by one PUT of an exact length. */
export interface DirectWay {
  readonly method: 'POST' | 'PUT'
  /** Whether the answer to a form brings an ETag; undefined where no form was taken. */
  readonly formEtag: 'sent' | 'missing' | undefined
}

/** What a trial tells. */
export interface DirectUploadTrialOptions {
  /** Told every key that the trial could not remove. */
  readonly onLeftover?: ((key: string) => void) | undefined
}

/**
 * Finds the way of uploading that works here, with the first who asks, once per process.
 *
 * Some services sign forms and take none, so that both ways are tried below `tmp/probe/`. Where that told nothing, somebody who
 * asks later tries again.
 */
export class DirectUploadTrial {
  readonly #store: BucketStore
  readonly #options: DirectUploadTrialOptions
  #trial: Promise<DirectWay | undefined> | undefined
  #triedAt = 0

  constructor(store: BucketStore, options: DirectUploadTrialOptions = {}) {
    this.#store = store
    this.#options = options
  }

  /** Undefined where the trial told nothing: then nothing speaks against forms. */
  async way(): Promise<DirectWay | undefined> {
    if (!this.#trial || ((await this.#trial) === undefined && Date.now() - this.#triedAt > NEXT_TRIAL_MILLISECONDS)) {
      this.#triedAt = Date.now()
      this.#trial = this.#try().catch(() => undefined)
    }
    return this.#trial
  }

  async #try(): Promise<DirectWay | undefined> {
    const report = await probeDirectUploads(this.#store, { fetch, requestTimeoutSeconds: PATIENCE_SECONDS })
    for (const key of report.leftovers) this.#options.onLeftover?.(key)
    return wayOf(report)
  }
}

function wayOf({ presignedPost, presignedPut }: DirectUploadReport): DirectWay | undefined {
  const { outcome, etag } = presignedPost
  if (outcome === 'honoured') return { method: 'POST', formEtag: etag }
  // Where neither works, as while a proxy has no server behind it, nothing speaks against forms.
  if (outcome === 'untested' || presignedPut.outcome === 'refused') return undefined
  return { method: 'PUT', formEtag: etag }
}
