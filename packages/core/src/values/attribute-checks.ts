import type { ObjectAttributes } from '../contract/driver.js'
import { DriverError, show } from '../errors.js'
import { encodeMetadataText } from './metadata-text.js'
import { checkHeader } from './option-checks.js'

/** Proxies and gateways drop or rewrite header names with `_`, so there is none. */
const TOKEN = "[\\w!#$%&'*+.^`|~-]+"
/** RFC 9110, section 8.3.1. */
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(\\s*;\\s*${TOKEN}=(${TOKEN}|"[^"]*"))*$`)
const METADATA_NAME = /^[a-z0-9][a-z0-9-]*$/i
/** What S3 takes, as it travels. */
const MAX_METADATA_BYTES = 2048

/** Copies the attributes alone, so that later changes to the caller's object are not seen. Metadata names are folded to lower case. */
export function checkAttributes(given: ObjectAttributes): ObjectAttributes {
  return {
    contentType: checkMediaType(given.contentType),
    cacheControl: checkHeader('cacheControl', given.cacheControl),
    contentDisposition: checkHeader('contentDisposition', given.contentDisposition),
    contentEncoding: checkHeader('contentEncoding', given.contentEncoding),
    metadata: checkMetadata(given.metadata ?? {}),
  }
}

/** Browsers believe the last of several types, so that a list could turn a harmless object into a page. */
function checkMediaType(given: string | undefined): string | undefined {
  const value = checkHeader('contentType', given)
  if (value === undefined || MEDIA_TYPE.test(value)) return value
  throw new DriverError(
    'invalid-argument',
    `expected contentType to be one media type, such as "image/png" or "text/plain; charset=utf-8"; received ${show(value)}`,
  )
}

export function checkMetadata(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {}
  let bytes = 0
  for (const [name, value] of Object.entries(given)) {
    const folded = name.toLowerCase()
    if (!METADATA_NAME.test(name)) {
      throw new DriverError(
        'invalid-argument',
        `expected a metadata name of letters, digits and "-"; received ${show(name)}`,
      )
    }
    if (Object.hasOwn(metadata, folded)) {
      throw new DriverError(
        'invalid-argument',
        `expected metadata names that differ in more than case; received ${show(folded)} twice`,
      )
    }
    if (typeof value !== 'string' || !value.isWellFormed()) {
      throw new DriverError(
        'invalid-argument',
        `expected the metadata value of ${show(name)} to be well-formed text; received ${show(value)}`,
      )
    }
    bytes += folded.length + Buffer.byteLength(encodeMetadataText(value))
    metadata[folded] = value
  }
  if (bytes <= MAX_METADATA_BYTES) return metadata
  throw new DriverError(
    'invalid-argument',
    `expected metadata of at most ${MAX_METADATA_BYTES} bytes, names and values together, as S3 takes it; received ${bytes} ` +
      '(text that is not plain ASCII travels percent-encoded): keep more in the object, or in one beside it',
  )
}
