import { browserRule, setBrowserAccess } from '@bucket-brigade/core'
import type { Command } from '../command.js'
import { UsageError } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { corsDocument, pretty } from '../policies/rule-documents.js'

export const cors: Command = {
  name: 'cors',
  summary: 'prints the CORS rule that direct uploads need, or applies it',
  details: 'Applied, it takes the place of the one that was applied before; rules of others stay.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [
    { flags: '--origin <origins...>', text: 'origins of the pages, such as https://www.example.com' },
    { flags: '--apply', text: 'write it into the bucket' },
    { flags: '--remove', text: 'with --apply: take the rule away' },
  ],
  examples: ['brigade cors --origin https://www.example.com', 'brigade cors --origin https://www.example.com --apply'],
  run: async ({ input, buckets, output, signal }) => {
    const origins = input.list('origin')
    const isRemoval = input.isSet('remove')
    if (isRemoval === origins.length > 0) {
      throw new UsageError('expected --origin with the origins of the pages, or --remove')
    }
    const rules = isRemoval ? [] : [browserRule(origins)]
    if (!input.isSet('apply')) {
      await output.result(corsDocument(rules), pretty(corsDocument(rules)))
      return EXIT.ok
    }
    const { store } = await buckets.main(input.words[0])
    const { outcome } = await setBrowserAccess(store, origins, { signal })
    await output.result({ outcome, ...corsDocument(rules) }, `the CORS rule of ${store.bucket} is ${outcome}`)
    return EXIT.ok
  },
}
