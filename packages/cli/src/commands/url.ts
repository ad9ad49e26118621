import { baseUrlOption, servedAddress } from '../buckets/base-url.js'
import type { Command } from '../command.js'
import { asUsage } from '../errors.js'
import { EXIT } from '../exit-code.js'

export const url: Command = {
  name: 'url',
  summary: 'prints the public address of an object',
  details: 'No request is made: whether the bucket lets anybody read it is for `brigade doctor` to say.',
  arguments: [{ name: '<key>', text: 'a key or an address' }],
  options: [
    { flags: '--public-url <url>', text: 'where the public reads the bucket (default: BUCKET_PUBLIC_URL)' },
    baseUrlOption,
  ],
  examples: ['brigade url uploads/leo.jpg'],
  run: async ({ input, buckets, output }) => {
    const place = await buckets.place(input.word(0))
    const { bucket, key } = place
    const address = await servedAddress(place, async () => asUsage(() => bucket.store.publicUrl(key)))
    await output.result({ key, url: address }, address)
    return EXIT.ok
  },
}
