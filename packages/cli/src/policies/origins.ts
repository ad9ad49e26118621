import { type BucketStore, browserRule, StoreError } from '@bucket-brigade/core'
import { asUsage } from '../errors.js'
import type { Input } from '../input.js'
import type { OptionSpec } from '../option-spec.js'

/** The pages that upload straight to the bucket. */
export const originOption: OptionSpec = {
  flags: '--origin <origin>',
  text: 'origin of pages that upload straight to the bucket, such as https://www.example.com',
  times: 'many',
}

/**
 * What was typed of them.
 *
 * @throws UsageError for what is no origin
 */
export function originsOf(input: Input): readonly string[] {
  return asUsage(() => browserRule(input.list('origin'))).origins
}

/**
 * Those that the rule of earlier calls lets in. Empty also where it cannot be read.
 */
export async function originsLetIn(store: BucketStore, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { id } = browserRule([])
    return (await store.settings.corsRules({ signal })).find((rule) => rule.id === id)?.origins ?? []
  } catch (error) {
    if (StoreError.is(error)) return []
    throw error
  }
}
