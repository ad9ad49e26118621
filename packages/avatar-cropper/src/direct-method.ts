import { type BucketStore, probeDirectUploads } from '@bucket-brigade/core'
import type { CropperSettings } from './settings.js'

/** How a browser sends a file to the bucket: in a form whose size the service limits, or by one PUT of an exact length. */
export type UploadMethod = 'POST' | 'PUT'

const PATIENCE_MILLISECONDS = 10_000
/** After a trial that told nothing, as the service could not be reached. */
const NEXT_TRIAL_MILLISECONDS = 60_000

/**
 * The way of uploading that works here.
 *
 * Some services sign forms and take none, so that the first who asks has both ways tried, once per process. Where that
 * tells nothing it is a form, and somebody who asks later tries again.
 */
export class DirectMethod {
  readonly #store: BucketStore
  readonly #settings: Pick<CropperSettings, 'directUploads' | 'onLeftover'>
  #trial: Promise<UploadMethod | undefined> | undefined
  #triedAt = 0

  constructor(store: BucketStore, settings: Pick<CropperSettings, 'directUploads' | 'onLeftover'>) {
    this.#store = store
    this.#settings = settings
  }

  async choose(): Promise<UploadMethod> {
    const { directUploads } = this.#settings
    if (directUploads !== 'auto') return directUploads
    return (await this.#tried()) ?? 'POST'
  }

  async #tried(): Promise<UploadMethod | undefined> {
    if (!this.#trial || ((await this.#trial) === undefined && Date.now() - this.#triedAt > NEXT_TRIAL_MILLISECONDS)) {
      this.#triedAt = Date.now()
      this.#trial = this.#try().catch(() => undefined)
    }
    return this.#trial
  }

  async #try(): Promise<UploadMethod | undefined> {
    const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS)
    const { presignedPost, presignedPut, leftovers } = await probeDirectUploads(this.#store, { fetch, signal })
    for (const key of leftovers) this.#settings.onLeftover({ key, cause: undefined })
    if (presignedPost.outcome === 'honoured') return 'POST'
    // Where neither works, as while a proxy has no server behind it, nothing speaks against forms.
    return presignedPost.outcome === 'untested' || presignedPut.outcome === 'refused' ? undefined : 'PUT'
  }
}
