import type { RawRequest } from '../raw-request.js'

const BOUNDARY = '----corpus7MA4YWxkTrZu0gW'

/** A request with a body of JSON. */
export function json(path: string, body: unknown, cookie: string, method = 'POST'): RawRequest {
  return {
    method,
    path,
    headers: { 'Content-Type': 'application/json', ...(cookie !== '' && { Cookie: cookie }) },
    body: JSON.stringify(body),
  }
}

/** A form without files. */
export function fields(
  path: string,
  values: Readonly<Record<string, string>>,
  headers: RawRequest['headers'],
): RawRequest {
  return {
    method: 'POST',
    path,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(values).toString(),
  }
}

/** One part of a form: the lines of its head, and what it holds. */
export interface Part {
  readonly head: readonly string[]
  readonly content: Uint8Array | string
}

/** A part with a file, as browsers write it. */
export function filePart(
  content: Uint8Array | string,
  { name = 'file', filename = 'me.jpg', type = 'image/jpeg' } = {},
): Part {
  const disposition = `Content-Disposition: form-data; name="${name}"; filename="${filename}"`
  return { head: [disposition, `Content-Type: ${type}`], content }
}

/** A part with text. */
export function textPart(name: string, content = 'x'): Part {
  return { head: [`Content-Disposition: form-data; name="${name}"`], content }
}

/** A form with files, of parts that need not be sound. */
export function form(
  path: string,
  parts: readonly Part[],
  cookie: string,
  headers: RawRequest['headers'] = {},
): RawRequest {
  const pieces = parts.flatMap(({ head, content }) => [
    Buffer.from(`--${BOUNDARY}\r\n${head.map((line) => `${line}\r\n`).join('')}\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
  return rawForm(path, Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]), cookie, headers)
}

/** A form of bytes as they stand, with `{B}` for the boundary in text. */
export function rawForm(
  path: string,
  body: Uint8Array | string,
  cookie: string,
  headers: RawRequest['headers'] = {},
): RawRequest {
  return {
    method: 'POST',
    path,
    headers: { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`, Cookie: cookie, ...headers },
    body: typeof body === 'string' ? Buffer.from(body.replaceAll('{B}', BOUNDARY), 'latin1') : body,
  }
}
