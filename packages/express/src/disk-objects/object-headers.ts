import type { ObjectHead } from '@bucket-brigade/core'

/** What a permission changes in an answer. */
export interface ReadPermission {
  /** True where a signature opened the object: shared caches must not keep it. */
  readonly signed: boolean
  readonly responseContentType?: string | undefined
  readonly responseContentDisposition?: string | undefined
}

/** One media type with sound parameters (RFC 9110, section 8.3.1). Of a list, browsers believe the last one. */
const MEDIA_TYPE = /^([\w.+-]+\/[\w.+-]+)(?:[ \t]*;[ \t]*[\w.+-]+=(?:[\w.+-]+|"[^"\\]*"))*$/

/** Types that a browser shows without running anything in them. */
const INERT =
  /^(?:image\/(?!svg)[\w.+-]+|audio\/[\w.+-]+|video\/[\w.+-]+|font\/[\w.+-]+|text\/plain|application\/pdf|application\/json)$/

/**
 * Headers for an object of strangers on the application's own origin.
 *
 * Whatever a browser could run there (HTML, SVG, XML, scripts, unknown types) is offered for download and without
 * rights; as the source of an `<img>` it works all the same.
 */
export function objectHeaders(object: ObjectHead, permission: ReadPermission): Readonly<Record<string, string>> {
  const contentType = permission.responseContentType ?? object.contentType ?? 'application/octet-stream'
  const type = MEDIA_TYPE.exec(contentType)?.[1]?.toLowerCase() ?? ''
  const inert = INERT.test(type)
  const disposition = permission.responseContentDisposition ?? object.contentDisposition
  return defined({
    ETag: object.etag,
    'Last-Modified': object.lastModified.toUTCString(),
    'Accept-Ranges': 'bytes',
    'Content-Type': contentType,
    'Content-Encoding': object.contentEncoding,
    'Content-Disposition': inert ? disposition : asAttachment(disposition),
    'Cache-Control': permission.signed ? asPrivate(object.cacheControl) : object.cacheControl,
    'X-Content-Type-Options': 'nosniff',
    // Chrome's viewer of PDF does not work in a sandbox.
    'Content-Security-Policy': type === 'application/pdf' ? undefined : "default-src 'none'; sandbox",
  })
}

function asAttachment(disposition: string | undefined): string {
  const parameters = disposition?.includes(';') ? disposition.slice(disposition.indexOf(';')) : ''
  return `attachment${parameters}`
}

function asPrivate(cacheControl: string | undefined): string {
  const kept = (cacheControl ?? '')
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '' && !/^(?:public|private|s-maxage)\b/i.test(directive))
  return ['private', ...kept].join(', ')
}

function defined(headers: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter((header): header is [string, string] => header[1] !== undefined),
  )
}
