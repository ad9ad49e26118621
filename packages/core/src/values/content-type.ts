import { lookup } from 'mime-types'

/** Enough of a file's head for `file-type` to recognise what it can. */
export const SNIFF_BYTES = 4100

const CONTAINERS = new Set(['application/xml', 'application/zip', 'application/gzip', 'application/x-cfb'])

/**
 * The media type of a file: by its first bytes, else by its name's extension, else `application/octet-stream`.
 *
 * A mere container (XML, ZIP) says less than an extension, so there the extension wins.
 */
export async function detectContentType(name: string, head: Uint8Array): Promise<string> {
  const { fileTypeFromBuffer } = await import('file-type')
  const byContent = (await fileTypeFromBuffer(head))?.mime
  const byName = lookup(name) || undefined
  if (byContent !== undefined && !(CONTAINERS.has(byContent) && byName !== undefined)) return byContent
  return byName ?? 'application/octet-stream'
}
