import { Readable } from 'node:stream'
import { CropperError } from '../errors.js'

/** The bytes of an upload: at hand, or still arriving. */
export type UploadSource = Uint8Array | Readable | AsyncIterable<Uint8Array>

/** What has arrived of a source: everything, or its head and the way to the rest. */
export type OpenedSource =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'opened'; readonly head: Uint8Array; readonly rest: AsyncIterator<Uint8Array> }

/** Enough for the headers of most pictures. */
export const HEAD_BYTES = 64 * 1024

/**
 * Reads the head of an upload and no more.
 *
 * @throws CropperError `file-too-large` as soon as more than `maxBytes` came, now or while the rest is read
 */
export async function openSource(source: UploadSource, maxBytes: number): Promise<OpenedSource> {
  if (source instanceof Uint8Array) {
    if (source.length > maxBytes) throw tooLarge(maxBytes)
    return { kind: 'whole', bytes: source }
  }
  if (typeof source !== 'object' || source === null || !(Symbol.asyncIterator in source)) {
    throw new CropperError('invalid-request', 'expected the upload to be a Uint8Array, a Readable or an AsyncIterable')
  }
  const rest = limited(source, maxBytes)
  const chunks: Uint8Array[] = []
  let length = 0
  while (length < HEAD_BYTES) {
    const { done, value } = await rest.next()
    if (done) return { kind: 'whole', bytes: Buffer.concat(chunks) }
    chunks.push(value)
    length += value.length
  }
  return { kind: 'opened', head: Buffer.concat(chunks), rest }
}

/** Everything, as a stream. Destroying it ends the source too. */
export function streamSource({ head, rest }: OpenedSource & { readonly kind: 'opened' }): Readable {
  return Readable.from(joined(head, rest), { objectMode: false })
}

/** Ends a source that is refused. */
export async function closeSource(opened: OpenedSource): Promise<void> {
  if (opened.kind === 'opened') await opened.rest.return?.()
}

export function tooLarge(maxBytes: number): CropperError {
  return new CropperError(
    'file-too-large',
    `expected a file of at most ${maxBytes} bytes; received more: choose a smaller picture`,
    { field: 'file', parameters: { maxBytes } },
  )
}

async function* limited(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array, undefined> {
  let seen = 0
  for await (const chunk of source) {
    seen += chunk.length
    if (seen > maxBytes) throw tooLarge(maxBytes)
    yield chunk
  }
  return undefined
}

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
