import { type ApplicationAnswer, members, unexpected } from './application.js'

/** Where one body goes, and until when. */
export type Address = { readonly url: string; readonly expiresAtMs: number } & (
  | { readonly method: 'POST'; readonly fields: Readonly<Record<string, string>> }
  | { readonly method: 'PUT'; readonly headers: Readonly<Record<string, string>> }
)

/** An address that expires sooner than this is renewed before it is used. */
const MARGIN_MS = 10_000

/** True for an address that holds for long enough to begin with. */
export function isFresh(address: Address | undefined): address is Address {
  return address !== undefined && !(address.expiresAtMs - Date.now() < MARGIN_MS)
}

/** How the server wants the file: whole to one address, or in parts of this many bytes, the last one shorter. */
export type Offer = Address | { readonly method: 'MULTIPART'; readonly partBytes: number }

/** A part of the file that the bucket has. */
export interface ArrivedPart {
  readonly partNumber: number
  readonly etag: string
  readonly bytes: number
}

/** Reads the member `upload` of an answer. */
export function readOffer(answer: ApplicationAnswer): Offer {
  const upload = members(members(answer.value).upload)
  const { method, partBytes } = upload
  if (method === 'MULTIPART' && typeof partBytes === 'number' && partBytes > 0) return { method, partBytes }
  if (method === 'POST') return { ...readUrl(upload, answer.aheadMs), method, fields: textMembers(upload.fields) }
  if (method === 'PUT') return { ...readUrl(upload, answer.aheadMs), method, headers: textMembers(upload.headers) }
  throw unexpected('expected an upload with the method POST, PUT or MULTIPART')
}

/** Reads the addresses of parts, by part number. */
export function readPartAddresses(answer: ApplicationAnswer): ReadonlyMap<number, Address> {
  return new Map(
    listOf(answer, 'parts').map((part) => [
      Number(part.partNumber),
      { ...readUrl(part, answer.aheadMs), method: 'PUT', headers: textMembers(part.headers) },
    ]),
  )
}

/** Reads which parts the bucket has. */
export function readArrivedParts(answer: ApplicationAnswer): readonly ArrivedPart[] {
  return listOf(answer, 'parts').map(({ partNumber, etag, bytes }) => ({
    partNumber: Number(partNumber),
    etag: String(etag),
    bytes: Number(bytes),
  }))
}

/** Reads the token that every later step carries. */
export function readToken(answer: ApplicationAnswer): string {
  const { token } = members(answer.value)
  if (typeof token === 'string') return token
  throw unexpected('expected a token')
}

function listOf(answer: ApplicationAnswer, name: string) {
  const list = members(answer.value)[name]
  if (Array.isArray(list)) return list.map(members)
  throw unexpected(`expected a list of ${name}`)
}

function readUrl({ url, expiresAt }: Readonly<Record<string, unknown>>, aheadMs: number) {
  if (typeof url !== 'string') throw unexpected('expected a url')
  return { url, expiresAtMs: Date.parse(String(expiresAt)) - aheadMs }
}

function textMembers(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(members(value)).map(([name, text]) => [name, String(text)]))
}
