import { browserRule, setBrowserAccess } from '@bucket-brigade/core'
import type { Command } from '../command.js'
import { UsageError } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { originOption, originsOf } from '../policies/origins.js'
import { corsDocument, pretty } from '../policies/rule-documents.js'

export const cors: Command = {
  name: 'cors',
  summary: 'prints the CORS rule that direct uploads need, or applies it',
  details: 'Applied, it takes the place of the one that was applied before: name all origins. Rules of others stay.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [
    originOption,
    { flags: '--apply', text: 'write it into the bucket' },
    { flags: '--remove', text: 'take the rule out of the bucket' },
  ],
  examples: [
    'brigade cors --origin https://www.example.com',
    'brigade cors --origin https://example.com --origin https://b.example --apply',
    'brigade cors --remove',
  ],
  run: async ({ input, buckets, output, signal }) => {
    const origins = originsOf(input)
    const isRemoval = input.isSet('remove')
    if (isRemoval === origins.length > 0) {
      throw new UsageError('expected --origin with an origin of the pages, or --remove')
    }
    const rules = isRemoval ? [] : [browserRule(origins)]
    if (!isRemoval && !input.isSet('apply')) {
      await output.result(corsDocument(rules), pretty(corsDocument(rules)))
      return EXIT.ok
    }
    const { store } = await buckets.main(input.words[0])
    const { outcome } = await setBrowserAccess(store, origins, { signal })
    const lets = isRemoval ? 'is gone' : `lets in ${origins.join(', ')}`
    await output.result({ outcome, ...corsDocument(rules) }, `the CORS rule of ${store.bucket} ${lets} (${outcome})`)
    return EXIT.ok
  },
}
