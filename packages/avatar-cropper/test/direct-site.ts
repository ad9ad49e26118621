import type { DriverPresignOptions, StorageDriver } from '@bucket-brigade/core'
import { DriverError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import type { CropperOptions } from '../src/index.js'
import { Avatars, openCropper } from './avatars.js'
import { around, counting } from './faults.js'

/** A driver that takes uploads from outside, by form or by PUT alone. */
export function accepting(
  inner: StorageDriver,
  asked: DriverPresignOptions[],
  forms: 'forms' | 'no forms',
): StorageDriver {
  return around(inner, {
    presignUpload: async (at, options) => {
      asked.push(options)
      const expiresAt = new Date(0)
      if (options.kind !== 'post')
        return { method: 'PUT', url: `https://bucket.example/${at.key}`, headers: {}, expiresAt }
      if (forms === 'no forms') throw new DriverError('unsupported', 'no forms')
      return { method: 'POST', url: 'https://bucket.example', fields: { key: at.key }, expiresAt }
    },
  })
}

/** A site whose bucket takes uploads straight from browsers. */
export async function directSite(options: Partial<CropperOptions> = {}, forms: 'forms' | 'no forms' = 'forms') {
  const asked: DriverPresignOptions[] = []
  const driver = counting(accepting(new MemoryDriver(), asked, forms))
  const cropper = await openCropper(driver, options)
  driver.calls.length = 0
  return { asked, driver, cropper, store: new Avatars(driver) }
}

/** What a browser says of a file. */
export function announce(bytes: Uint8Array, type = 'image/jpeg') {
  return { type, bytes: bytes.length }
}
