import { type BucketStore, type ProbeFinding, probeConditionalWrites } from '@bucket-brigade/core'
import { CropperError } from './errors.js'
import type { CropperSettings } from './settings.js'

/**
 * Refuses, while the application starts, what would lose avatars later.
 *
 * @throws CropperError `service-unsuitable`
 * @throws StoreError `unsupported` where saved avatars would have no address; what a first write meets
 */
export async function requireCapabilities(store: BucketStore, settings: CropperSettings): Promise<void> {
  await store.url(`${settings.layout.userPrefix('0')}picture.jpg`)
  if (settings.pointerWrites === 'last-writer-wins') return
  const { createIfAbsent, ifMatch, leftovers } = await probeConditionalWrites(store)
  for (const key of leftovers) settings.onLeftover({ key, cause: undefined })
  requireHonoured('writes that create only (If-None-Match)', createIfAbsent)
  requireHonoured('writes that replace one version only (If-Match)', ifMatch)
}

function requireHonoured(what: string, { outcome, detail, cure }: ProbeFinding): void {
  if (outcome === 'honoured') return
  throw new CropperError(
    'service-unsuitable',
    `expected the service to honour ${what}; they are ${outcome}: ${detail}. Cure: ${cure ?? 'see the detail'}; ` +
      "or choose pointerWrites: 'last-writer-wins', with which one of two simultaneous saves may be lost",
  )
}
