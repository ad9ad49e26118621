import type { Cancellable } from '../contract/driver.js'
import type { LifecycleRule } from '../contract/settings-driver.js'
import { DriverError, named } from '../errors.js'
import { joinKey, parsePrefix } from '../keys/object-key.js'
import type { SettingsChange } from '../store/bucket-rules.js'
import type { BucketStore } from '../store/bucket-store.js'
import { checkInteger } from '../values/option-checks.js'

/** What the service removes by itself. */
export interface TemporaryExpiryOptions extends Cancellable {
  /** What is temporary, below the store's own prefix. Default `tmp/`. */
  readonly prefix?: string | undefined
  /** Days until it is removed, 1 to 3650: longer than any session lasts. Default 2: a direct upload may take a day. */
  readonly afterDays?: number | undefined
  /**
   * Days until unfinished uploads of the whole store are removed, 1 to 3650; `never` for services that take no such rule,
   * as MinIO, which removes them after a day by itself. Default 7.
   */
  readonly unfinishedAfterDays?: number | 'never' | undefined
}

/** What became of the rules. */
export interface TemporaryExpiry {
  /** `unchanged` where they were there already. */
  readonly outcome: SettingsChange
  readonly rules: readonly LifecycleRule[]
}

const TEMPORARY = 'bucket-brigade-temporary'
const UNFINISHED = 'bucket-brigade-unfinished'

/**
 * The rules by which a service removes what is temporary, and what was never finished.
 *
 * @throws StoreError `invalid-argument`, `invalid-key`
 */
export function expiryRules(storePrefix: string, options: TemporaryExpiryOptions = {}): readonly LifecycleRule[] {
  return named('set-temporary-expiry', () => rulesFor(parsePrefix(storePrefix), options))
}

function rulesFor(
  storePrefix: string,
  { prefix = 'tmp/', afterDays = 2, unfinishedAfterDays = 7 }: TemporaryExpiryOptions,
): readonly LifecycleRule[] {
  const temporary = joinKey(storePrefix, parsePrefix(prefix))
  if (temporary === '')
    throw new DriverError('invalid-argument', 'expected prefix to name what is temporary: not everything')
  const expiresAfterDays = checkInteger('afterDays', afterDays, 1, 3650)
  const expiry = { ...ruleFor(TEMPORARY, temporary), expiresAfterDays }
  if (unfinishedAfterDays === 'never') return [expiry]
  const abortsUploadsAfterDays = checkInteger('unfinishedAfterDays', unfinishedAfterDays, 1, 3650)
  return [expiry, { ...ruleFor(UNFINISHED, storePrefix), abortsUploadsAfterDays }]
}

/**
 * Has the service remove what is below `tmp/`, and uploads that were never finished, some days after.
 *
 * The rules take the place of those that were written before for the same prefixes; rules of others stay.
 *
 * @throws StoreError `unsupported` where the service has no such rules: its message says what to do there;
 *   `permission-denied`, as this needs rights that an application does not (`s3:GetLifecycleConfiguration`,
 *   `s3:PutLifecycleConfiguration`)
 */
export async function setTemporaryExpiry(
  store: BucketStore,
  options: TemporaryExpiryOptions = {},
): Promise<TemporaryExpiry> {
  const rules = expiryRules(store.prefix, options)
  const ids = [...rules.map(({ id = '' }) => id), idOf(UNFINISHED, parsePrefix(store.prefix))]
  return { outcome: await store.settings.replaceLifecycleRules(ids, rules, { signal: options.signal }), rules }
}

/** After how many days what is below a prefix of the bucket is removed. Undefined where it stays. */
export function expiryOf(rules: readonly LifecycleRule[], prefix: string): number | undefined {
  const days = rules
    .filter((rule) => rule.status === 'enabled' && rule.scope === 'prefix' && prefix.startsWith(rule.prefix))
    .flatMap(({ expiresAfterDays }) => expiresAfterDays ?? [])
  return days.length === 0 ? undefined : Math.min(...days)
}

function ruleFor(name: string, prefix: string) {
  return { id: idOf(name, prefix), status: 'enabled', prefix, scope: 'prefix' } as const
}

/** Several stores in one bucket have rules of their own. */
function idOf(name: string, prefix: string): string {
  return prefix === '' ? name : `${name}:${prefix}`
}
