/** Builds multipart bodies as a browser does, and as nobody should. */
export interface TestPart {
  readonly name: string
  readonly filename?: string
  readonly type?: string
  readonly content: string | Uint8Array
}

export const BOUNDARY = '----brigade7MA4YWxkTrZu0gW'
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`

export function formBody(parts: readonly TestPart[], closing = `--${BOUNDARY}--\r\n`): Buffer {
  const pieces = parts.flatMap((part) => [head(part), Buffer.from(part.content), Buffer.from('\r\n')])
  return Buffer.concat([...pieces, Buffer.from(closing)])
}

function head({ name, filename, type }: TestPart): Buffer {
  const file = filename === undefined ? '' : `; filename="${filename}"`
  const contentType = type === undefined ? '' : `\r\nContent-Type: ${type}`
  return Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}${contentType}\r\n\r\n`)
}

/** A body of raw text, with `B` in place of the boundary and line ends as they stand. */
export function rawBody(text: string): Buffer {
  return Buffer.from(text.replaceAll('{B}', BOUNDARY), 'latin1')
}
