import { channel } from 'node:diagnostics_channel'
import { StoreError, type StoreErrorCode } from '@bucket-brigade/core'
import { CropperError, type CropperErrorCode } from './errors.js'

/** Name of the diagnostics channel on which every finished step is published. */
export const AVATAR_CHANNEL = 'bucket-brigade:avatar'

/** What an event tells of. */
export type ObservedStep =
  | 'upload'
  | 'offer'
  | 'offer-form'
  | 'renew'
  | 'abandon'
  | 'accept'
  | 'claim'
  | 'crop'
  | 'save'
  | 'inspect'
  | 'list'
  | 'current-url'
  | 'select'
  | 'remove'
  | 'prune'
  | 'forget'
  | 'sweep'

/** One finished step. Says nothing of the person: no user, no key, no token, no address. */
export interface AvatarEvent {
  readonly step: ObservedStep
  readonly bucket: string
  readonly milliseconds: number
  /** `failed` is everything that has no code of its own, such as an error of the source of an upload. */
  readonly outcome: 'ok' | 'aborted' | 'failed' | CropperErrorCode | StoreErrorCode
  /** The application's word, where `beforeAccept` refused. */
  readonly reason?: string | undefined
}

const steps = channel(AVATAR_CHANNEL)

/** Does a step, and tells how it ended. */
export async function observed<T>(step: ObservedStep, bucket: string, work: () => Promise<T>): Promise<T> {
  if (!steps.hasSubscribers) return work()
  const start = performance.now()
  const publish = (outcome: AvatarEvent['outcome'], reason?: string) => {
    steps.publish({ step, bucket, milliseconds: performance.now() - start, outcome, reason } satisfies AvatarEvent)
  }
  try {
    const result = await work()
    publish('ok')
    return result
  } catch (error) {
    publish(outcomeOf(error), CropperError.is(error, 'refused') ? error.parameters.reason : undefined)
    throw error
  }
}

function outcomeOf(error: unknown): AvatarEvent['outcome'] {
  if (CropperError.is(error) || StoreError.is(error)) return error.code
  return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'failed'
}
