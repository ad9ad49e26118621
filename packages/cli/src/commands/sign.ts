import { baseUrlOption, servedAddress } from '../buckets/base-url.js'
import type { Command } from '../command.js'
import { EXIT } from '../exit-code.js'

const DEFAULT_SECONDS = 300
const MAX_SECONDS = 604_800

export const sign: Command = {
  name: 'sign',
  summary: 'prints an address that anyone who holds it can read until it expires',
  details: 'The address is a key to the object: treat it as a secret.',
  arguments: [{ name: '<key>', text: 'a key or an address' }],
  options: [
    { flags: '--expires <seconds>', text: `1 to ${MAX_SECONDS}, 7 days (default ${DEFAULT_SECONDS})` },
    { flags: '--method <method>', text: 'GET (default) or HEAD' },
    { flags: '--download <name>', text: 'makes browsers save it under this name' },
    {
      flags: '--browser-endpoint <url>',
      text: 'origin at which browsers reach the service (default: BUCKET_BROWSER_ENDPOINT)',
    },
    baseUrlOption,
  ],
  examples: ['brigade sign uploads/leo.jpg --expires 3600', 'curl "$(brigade sign state/avatars/654/avatar.json)"'],
  run: async ({ input, buckets, output, signal }) => {
    const place = await buckets.place(input.word(0))
    const { bucket, key } = place
    const expiresInSeconds = input.integer('expires', { min: 1, max: MAX_SECONDS }) ?? DEFAULT_SECONDS
    const name = input.text('download')
    const method = input.choice('method', ['GET', 'HEAD']) ?? 'GET'
    const expiresAt = new Date(Date.now() + expiresInSeconds * 1000)
    const options = {
      ...{ expiresInSeconds, method, signal },
      ...(name !== undefined && { responseContentDisposition: attachment(name) }),
    }
    const address = await servedAddress(place, () => bucket.store.signedUrl(key, options))
    await output.result({ key, url: address, method, expiresAt: expiresAt.toISOString() }, address)
    return EXIT.ok
  },
}

/** RFC 6266: any name, in ASCII. */
function attachment(name: string): string {
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename*=UTF-8''${encoded}`
}
