import { DriverError } from '../errors.js'
import type { BucketSettingsDriver } from './settings-driver.js'

/** Why a driver has none of a service's settings, and what to do instead. */
export interface MissingSettings {
  readonly cors: string
  readonly lifecycle: string
  readonly publicAccess: string
  readonly ownership: string
  readonly location: string
}

/** The settings of drivers whose buckets can be made, and no more. */
export function missingSettings(reasons: MissingSettings): Omit<BucketSettingsDriver, 'createBucket'> {
  const refuse = (reason: string) => async (): Promise<never> => {
    throw new DriverError('unsupported', reason)
  }
  return {
    readCors: refuse(reasons.cors),
    writeCors: refuse(reasons.cors),
    readLifecycle: refuse(reasons.lifecycle),
    writeLifecycle: refuse(reasons.lifecycle),
    readPublicAccess: refuse(reasons.publicAccess),
    writePublicAccess: refuse(reasons.publicAccess),
    readOwnership: refuse(reasons.ownership),
    readLocation: refuse(reasons.location),
  }
}
