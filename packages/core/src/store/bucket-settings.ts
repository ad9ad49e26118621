import type { Cancellable, StorageDriver } from '../contract/driver.js'
import type {
  BucketSettingsDriver,
  CorsRule,
  CreatedBucket,
  LifecycleRule,
  ObjectOwnership,
  PublicAccess,
} from '../contract/settings-driver.js'
import { DriverError } from '../errors.js'
import { checkOneOf } from '../values/option-checks.js'
import { replaceRules, type SettingsChange } from './bucket-rules.js'
import { DriverCalls } from './driver-calls.js'

/**
 * What a bucket itself is set to: for the one who sets it up, not for those who serve.
 *
 * Services differ in what they have; what is missing is `unsupported`, with what to do there. Rules are read, changed and
 * written back: two who change those of one bucket at the same moment can undo each other's work.
 *
 * Every method fails with a StoreError that names the cause; an abort rejects with the signal's reason.
 */
export class BucketSettings {
  readonly #calls: DriverCalls

  constructor(driver: StorageDriver, bucket: string) {
    this.#calls = new DriverCalls(driver, bucket)
  }

  /**
   * Makes the bucket, in the region of the driver. One that is there already is left as it is.
   *
   * @throws StoreError `already-exists` where the name is somebody else's
   */
  create(options: Cancellable = {}): Promise<CreatedBucket> {
    return this.#run('create-bucket', options, (settings, ...at) => settings.createBucket(...at))
  }

  /** Which pages of other origins are let at the bucket. */
  corsRules(options: Cancellable = {}): Promise<readonly CorsRule[]> {
    return this.#run('read-cors', options, (settings, ...at) => settings.readCors(...at))
  }

  /** Puts `rules` in the place of those that are called so. The others stay. */
  async replaceCorsRules(
    ids: readonly string[],
    rules: readonly CorsRule[],
    options: Cancellable = {},
  ): Promise<SettingsChange> {
    const after = replaceRules(await this.corsRules(options), ids, rules)
    if (!after) return 'unchanged'
    await this.#run('write-cors', options, (settings, bucket, cancel) => settings.writeCors(bucket, after, cancel))
    return 'changed'
  }

  /** What the service removes by itself. */
  lifecycleRules(options: Cancellable = {}): Promise<readonly LifecycleRule[]> {
    return this.#run('read-lifecycle', options, (settings, ...at) => settings.readLifecycle(...at))
  }

  /** Puts `rules` in the place of those that are called so. The others stay, to the letter. */
  async replaceLifecycleRules(
    ids: readonly string[],
    rules: readonly LifecycleRule[],
    options: Cancellable = {},
  ): Promise<SettingsChange> {
    const after = replaceRules(await this.lifecycleRules(options), ids, rules)
    if (!after) return 'unchanged'
    await this.#run('write-lifecycle', options, (settings, bucket, cancel) =>
      settings.writeLifecycle(bucket, after, cancel),
    )
    return 'changed'
  }

  /** What the public may be given at most. Undefined where nobody said. An account's own block is not seen here. */
  publicAccess(options: Cancellable = {}): Promise<PublicAccess | undefined> {
    return this.#run('read-public-access', options, (settings, ...at) => settings.readPublicAccess(...at))
  }

  /** Says what the public may be given at most. */
  async setPublicAccess(access: Exclude<PublicAccess, 'mixed'>, options: Cancellable = {}): Promise<SettingsChange> {
    if ((await this.publicAccess(options)) === access) return 'unchanged'
    await this.#run('write-public-access', options, (settings, bucket, cancel) => {
      const checked = checkOneOf('access', access, ['blocked', 'policy-only', 'open'])
      return settings.writePublicAccess(bucket, checked, cancel)
    })
    return 'changed'
  }

  /** Whether access control lists count. Undefined where nobody said: then they do. */
  ownership(options: Cancellable = {}): Promise<ObjectOwnership | undefined> {
    return this.#run('read-ownership', options, (settings, ...at) => settings.readOwnership(...at))
  }

  /** The region that the bucket is in. */
  location(options: Cancellable = {}): Promise<string> {
    return this.#run('read-location', options, (settings, ...at) => settings.readLocation(...at))
  }

  async #run<T>(
    operation: string,
    { signal }: Cancellable,
    call: (settings: BucketSettingsDriver, bucket: string, options: Cancellable) => Promise<T>,
  ): Promise<T> {
    const { bucket } = this.#calls
    return this.#calls.run({ operation, key: '', signal }, async (driver) => {
      if (driver.settings) return call(driver.settings, bucket, { signal })
      throw new DriverError('unsupported', `the driver "${driver.name}" cannot read or change the settings of a bucket`)
    })
  }
}
