import { channel } from 'node:diagnostics_channel'
import type { StoreErrorCode } from './errors.js'

/** Name of the diagnostics channel on which every call to a driver is published. */
export const REQUEST_CHANNEL = 'bucket-brigade:request'

/** One finished call to a driver. Holds no credentials, tokens or signed URLs. */
export interface RequestEvent {
  readonly driver: string
  readonly operation: string
  readonly bucket: string
  /** The key, or the prefix of a listing. */
  readonly key: string
  /** Bytes of the body that was sent or opened, where there is one. */
  readonly bytes?: number | undefined
  readonly milliseconds: number
  readonly outcome: 'ok' | 'aborted' | StoreErrorCode
}

const requests = channel(REQUEST_CHANNEL)

export function publishRequest(describe: () => RequestEvent): void {
  if (requests.hasSubscribers) requests.publish(describe())
}
