import type { Application } from './application.js'
import type { RememberedUpload } from './resume-memory.js'
import type { UploadSettings } from './upload-options.js'
import type { ProgressCount } from './upload-progress.js'

/** What all ways to the bucket need. */
export interface Sending {
  readonly file: Blob
  readonly filename: string
  readonly token: string
  readonly application: Application
  readonly progress: ProgressCount
  readonly settings: UploadSettings
  /** Aborted when the upload is over, however it ended. */
  readonly signal: AbortSignal
}

/** One way of a file to the bucket. */
export interface Shipment {
  /** What another page needs to go on. */
  readonly record: Omit<RememberedUpload, 'arrived'>
  /** Asks the application where things stand, before going on with what another page, or an earlier attempt, began. */
  survey(): Promise<void>
  /** Sends what has not arrived. */
  send(): Promise<void>
  /** What the completing step is told beside the token. */
  proof(): Readonly<Record<string, unknown>>
}
