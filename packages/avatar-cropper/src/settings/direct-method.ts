import { type BucketStore, DirectUploadTrial, type DirectWay } from '@bucket-brigade/core'
import type { CropperSettings } from './settings.js'

/** The way of uploading that was configured, or that works here: a form where a trial told nothing. */
export class DirectMethod {
  readonly #configured: CropperSettings['directUploads']
  readonly #trial: DirectUploadTrial

  constructor(
    store: BucketStore,
    { directUploads, onLeftover }: Pick<CropperSettings, 'directUploads' | 'onLeftover'>,
  ) {
    this.#configured = directUploads
    this.#trial = new DirectUploadTrial(store, { onLeftover: (key) => onLeftover({ key, cause: undefined }) })
  }

  async choose(): Promise<DirectWay['method']> {
    if (this.#configured !== 'auto') return this.#configured
    return (await this.#trial.way())?.method ?? 'POST'
  }
}
