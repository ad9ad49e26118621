import {
  type BucketStore,
  type ConditionalWriteReport,
  type ProbeFinding,
  probeConditionalWrites,
  StoreError,
} from '@bucket-brigade/core'
import { CropperError } from '../errors.js'
import type { CropperSettings } from './settings.js'

/** For each of some small requests: whoever needs longer would not serve anybody. */
const PATIENCE_SECONDS = 15

/**
 * Refuses, while the application starts, what would lose avatars later.
 *
 * @throws CropperError `service-unsuitable`
 * @throws StoreError `unsupported` where saved avatars would have no address; what a first write meets; `unavailable` after 15
 *   seconds without any answer, and up to 5 of cleaning up
 */
export async function requireCapabilities(store: BucketStore, settings: CropperSettings): Promise<void> {
  await store.url(`${settings.layout.userPrefix('0')}picture.jpg`)
  if (settings.pointerWrites === 'last-writer-wins') return
  const { createIfAbsent, ifMatch, leftovers } = await probeInTime(store)
  for (const key of leftovers) settings.onLeftover({ key, cause: undefined })
  requireHonoured('writes that create only (If-None-Match)', createIfAbsent)
  requireHonoured('writes that replace one version only (If-Match)', ifMatch)
}

async function probeInTime(store: BucketStore): Promise<ConditionalWriteReport> {
  try {
    return await probeConditionalWrites(store, { requestTimeoutSeconds: PATIENCE_SECONDS })
  } catch (cause) {
    const isTooLate = cause instanceof DOMException && cause.name === 'TimeoutError'
    if (!isTooLate) throw cause
    const message =
      `expected the service of bucket "${store.bucket}" to answer within ${PATIENCE_SECONDS} s; it did not: check the ` +
      'endpoint, the network and the proxy'
    throw new StoreError('unavailable', message, { operation: 'probe', bucket: store.bucket, cause })
  }
}

function requireHonoured(what: string, { outcome, detail, cure }: ProbeFinding): void {
  if (outcome === 'honoured') return
  throw new CropperError(
    'service-unsuitable',
    `expected the service to honour ${what}; they are ${outcome}: ${detail}. Cure: ${cure ?? 'see the detail'}; ` +
      "or choose pointerWrites: 'last-writer-wins', with which one of two simultaneous saves may be lost",
  )
}
