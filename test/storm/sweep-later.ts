import { AvatarCropper, type SweepReport } from '@bucket-brigade/avatar-cropper'
import type { BucketStore, StorageDriver } from '@bucket-brigade/core'
import { SECRETS } from '../journeys/fleet.js'

/** Longer than any token and any tombstone. */
const LATER_MILLISECONDS = 26 * 3_600_000

/** Sweeps as a day and two hours later: by the service's clock, which a sweep reads from the date of its own object. */
export async function sweepLater(
  driver: StorageDriver,
  storeOver: (driver: StorageDriver) => BucketStore,
): Promise<SweepReport> {
  const head: StorageDriver['head'] = async (at, options) => {
    const found = await driver.head(at, options)
    const shift = at.key.startsWith('tmp/sweep/') ? LATER_MILLISECONDS : 0
    return { ...found, lastModified: new Date(found.lastModified.getTime() + shift) }
  }
  const later = new Proxy(driver, {
    get(target, name) {
      if (name === 'head') return head
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const cropper = await AvatarCropper.open({ store: storeOver(later), secrets: SECRETS, edges: [512, 192, 96] })
  return cropper.sweep('delete')
}
