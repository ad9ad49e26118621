import type { BucketStore } from '@bucket-brigade/core'
import type { CropperSettings } from './settings.js'

/** Refuses what could not work later, while the application starts. */
export async function requireCapabilities(store: BucketStore, _settings: CropperSettings): Promise<void> {
  await store.url('uploads/users/address-check')
}
