import type { Cancellable } from '../contract/driver.js'
import type { CorsRule } from '../contract/settings-driver.js'
import { DriverError, named, show } from '../errors.js'
import type { SettingsChange } from '../store/bucket-rules.js'
import type { BucketStore } from '../store/bucket-store.js'
import { checkInteger } from '../values/option-checks.js'

/** How pages are let at a bucket. */
export interface BrowserAccessOptions extends Cancellable {
  /** Names the rule, for several applications in one bucket. Default `bucket-brigade`. */
  readonly ruleId?: string | undefined
  /** For how many seconds a browser may remember the rule, 0 to 86400. Default 3600; most browsers stop at 7200. */
  readonly maxAgeInSeconds?: number | undefined
}

/** What became of the rule. */
export interface BrowserAccess {
  /** `unchanged` where the rule was there already. */
  readonly outcome: SettingsChange
  /** Undefined where no origin is let at the bucket. */
  readonly rule: CorsRule | undefined
}

const RULE_ID = 'bucket-brigade'
const METHODS = ['GET', 'HEAD', 'PUT', 'POST']
/** What presigned uploads pin (type, metadata, list, creation) and what reads ask for (ranges, versions). */
const REQUEST_HEADERS = ['content-type', 'if-match', 'if-none-match', 'range', 'x-amz-acl', 'x-amz-meta-*']
/** The ETag completes a multipart upload, the location ends a form; the ranges are for those who go on where they were. */
const EXPOSED_HEADERS = ['ETag', 'Location', 'Accept-Ranges', 'Content-Range', 'x-amz-request-id']

/**
 * The CORS rule that direct uploads to a bucket, and reads from it, need.
 *
 * @throws StoreError `invalid-argument`
 */
export function browserRule(origins: readonly string[], options: BrowserAccessOptions = {}): CorsRule {
  return named('set-browser-access', () => ({
    id: options.ruleId ?? RULE_ID,
    origins: [...new Set(origins.map(checkOrigin))],
    methods: METHODS,
    requestHeaders: REQUEST_HEADERS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAgeInSeconds: checkInteger('maxAgeInSeconds', options.maxAgeInSeconds ?? 3600, 0, 86_400),
  }))
}

/**
 * Lets the pages of these origins upload straight to the bucket, and read from it, with the addresses that they are given.
 *
 * The rule takes the place of the one that was written before; rules of others stay. Without origins it goes away.
 *
 * @param origins Exact ones, such as `https://www.example.com`.
 * @throws StoreError `unsupported` where the service has no such call: its message says what to do there;
 *   `permission-denied`, as this needs rights that an application does not (`s3:GetBucketCORS`, `s3:PutBucketCORS`)
 */
export async function setBrowserAccess(
  store: BucketStore,
  origins: readonly string[],
  options: BrowserAccessOptions = {},
): Promise<BrowserAccess> {
  const rule = origins.length === 0 ? undefined : browserRule(origins, options)
  const { ruleId = RULE_ID, signal } = options
  return { outcome: await store.settings.replaceCorsRules([ruleId], rule ? [rule] : [], { signal }), rule }
}

function checkOrigin(origin: string): string {
  const url = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.origin === origin) return origin
  const near = url && /^https?:$/.test(url.protocol) ? `; did you mean ${show(url.origin)}?` : ''
  throw new DriverError(
    'invalid-argument',
    `expected an exact origin such as "https://www.example.com", without path and slash; received ${show(origin)}${near}`,
  )
}
