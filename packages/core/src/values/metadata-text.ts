/**
 * Values of user metadata travel in HTTP headers, which carry printable ASCII and lose spaces at their ends. Any other
 * value is written as RFC 8187 writes text in headers: `utf-8''` and percent-encoded UTF-8. Values that begin like that
 * themselves are encoded, too, so that every text comes back as it was; the same holds for RFC 2047's `=?…?=`, which
 * AWS decodes on its own.
 */
const MARK = "utf-8''"

const PLAIN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/

export function encodeMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return mapValues(metadata, encodeMetadataText)
}

export function decodeMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return mapValues(metadata, decodeText)
}

/** One value, as it travels. */
export function encodeMetadataText(value: string): string {
  const isPlain = PLAIN.test(value) && !value.toLowerCase().startsWith(MARK) && !value.includes('=?')
  return isPlain ? value : MARK + encodeURIComponent(value)
}

function decodeText(value: string): string {
  if (!value.toLowerCase().startsWith(MARK)) return value
  try {
    return decodeURIComponent(value.slice(MARK.length))
  } catch {
    // Somebody else wrote it, and meant something else.
    return value
  }
}

function mapValues(
  metadata: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  const changed = Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), change(value)])
  return Object.fromEntries(changed)
}
