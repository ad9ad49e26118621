import { expiryRules, setTemporaryExpiry, type TemporaryExpiryOptions } from '@bucket-brigade/core'
import type { Command } from '../command.js'
import { EXIT } from '../exit-code.js'
import type { Input } from '../input.js'
import type { OptionSpec } from '../option-spec.js'
import { lifecycleDocument, pretty } from '../policies/rule-documents.js'

const DAYS = { min: 1, max: 3650 }

/** How long what is temporary stays. */
export const expiryOptions: readonly OptionSpec[] = [
  { flags: '--expire-days <days>', text: 'until what is below tmp/ goes, 1 to 3650 (default 2)' },
  { flags: '--abort-days <days>', text: 'until uploads that nobody finished go (default 7)' },
  { flags: '--no-abort', text: 'no rule for those, where the service takes none (MinIO)' },
]

/** What was typed of them. */
export function expiryOf(input: Input): TemporaryExpiryOptions {
  return {
    afterDays: input.integer('expireDays', DAYS),
    unfinishedAfterDays: input.isUnset('abort') ? 'never' : input.integer('abortDays', DAYS),
  }
}

export const lifecycle: Command = {
  name: 'lifecycle',
  summary: 'prints the rules that empty tmp/, or applies them',
  details: 'Applied, they take the place of those that were applied before; rules of others stay.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [...expiryOptions, { flags: '--apply', text: 'write them into the bucket' }],
  examples: ['brigade lifecycle', 'brigade lifecycle --expire-days 8 --apply'],
  run: async ({ input, buckets, output, signal }) => {
    const { store } = await buckets.main(input.words[0])
    const options = expiryOf(input)
    const rules = lifecycleDocument(expiryRules(store.prefix, options))
    if (!input.isSet('apply')) {
      await output.result(rules, pretty(rules))
      return EXIT.ok
    }
    const { outcome } = await setTemporaryExpiry(store, { ...options, signal })
    await output.result({ outcome, ...rules }, `the lifecycle rules of ${store.bucket} are ${outcome}`)
    return EXIT.ok
  },
}
