import type { StorageDriver } from '../contract/driver.js'
import { StoreError, show } from '../errors.js'
import { parsePrefix } from '../keys/object-key.js'
import { checkOneOf } from '../values/option-checks.js'
import { LeadingSlashDriver } from '../wrappers/leading-slash-driver.js'
import { prefixDriver } from '../wrappers/prefix-driver.js'
import { DriverCalls } from './driver-calls.js'

/** What a store says of where its objects are. */
interface StorePlace {
  readonly bucket: string
  readonly prefix: string
  readonly legacyLeadingSlashKeys: 'included' | 'ignored'
}

/**
 * The way to a driver for what a store's fields say.
 *
 * Those of a subclass are set after the base constructor, so they are read and checked at first use.
 *
 * @throws StoreError `invalid-argument`, `invalid-key` where a field is not what it should be
 */
export function openCalls(store: StorePlace, driver: StorageDriver): DriverCalls {
  const { bucket } = store
  const context = { operation: 'open', bucket }
  if (typeof bucket !== 'string' || bucket === '') {
    throw new StoreError(
      'invalid-argument',
      `expected the subclass to name a bucket; received ${show(bucket)}`,
      context,
    )
  }
  if (driver.bucket !== undefined && driver.bucket !== bucket) {
    const message = `the store names bucket ${show(bucket)}, the driver's URL ${show(driver.bucket)}: name one of them, or make them equal`
    throw new StoreError('invalid-argument', message, context)
  }
  try {
    return new DriverCalls(placed(store, driver), bucket)
  } catch (error) {
    throw new DriverCalls(driver, bucket).wrap({ operation: 'open', key: '' }, error)
  }
}

function placed(store: StorePlace, driver: StorageDriver): StorageDriver {
  const spellings = checkOneOf('legacyLeadingSlashKeys', store.legacyLeadingSlashKeys, ['included', 'ignored'])
  const whole = spellings === 'included' ? new LeadingSlashDriver(driver) : driver
  return store.prefix === '' ? whole : prefixDriver(whole, parsePrefix(store.prefix))
}
