import { createRequire } from 'node:module'

/** Of this package, as it was published. */
export function version(): string {
  const manifest: unknown = createRequire(import.meta.url)('../package.json')
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return hasVersion ? String(manifest.version) : 'unknown'
}
