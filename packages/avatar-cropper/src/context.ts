import { type BucketStore, StoreError } from '@bucket-brigade/core'
import type { PointerWriter } from './pointer/pointer-writer.js'
import type { RenderGate } from './render-gate.js'
import type { DirectMethod } from './settings/direct-method.js'
import type { CropperSettings } from './settings/settings.js'
import type { Tickets } from './tokens/token.js'
import type { SessionUser } from './users/anonymous.js'

/** What every step works with. Nothing in it remembers a request. */
export interface CropperContext {
  readonly store: BucketStore
  readonly settings: CropperSettings
  readonly tokens: Tickets
  readonly pointers: PointerWriter
  readonly renders: RenderGate
  readonly directMethod: DirectMethod
}

/** What every step takes. */
export interface StepOptions {
  /** Who asks. A token of somebody else is refused; without it, whoever holds the token may go on. */
  readonly user?: SessionUser | undefined
  readonly signal?: AbortSignal | undefined
}

/** Removes what may go, and tells of what may not: a missing right never fails a step. */
export async function removeQuietly({ store, settings }: CropperContext, keys: readonly string[]): Promise<string[]> {
  const outcomes = await Promise.all(
    keys.map(async (key) => {
      try {
        await store.delete(key)
        return undefined
      } catch (cause) {
        settings.onLeftover({ key, cause })
        return key
      }
    }),
  )
  return outcomes.filter((key) => key !== undefined)
}

/**
 * A short signed URL of a private object; undefined where the driver has no addresses (memory).
 *
 * @param type Media type of the answer, for what a form without scripts has stored as mere bytes.
 */
export async function previewUrl(
  { store, settings }: CropperContext,
  key: string,
  type?: string,
): Promise<string | undefined> {
  const expiresInSeconds = settings.previewExpiresInSeconds
  try {
    return await store.signedUrl(key, { expiresInSeconds, ...(type !== undefined && { responseContentType: type }) })
  } catch (error) {
    if (StoreError.is(error, 'unsupported')) return undefined
    throw error
  }
}
