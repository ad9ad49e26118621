import { type TokenClaims, TokenError, TokenSigner } from '@bucket-brigade/core/tokens'
import { HttpProblem } from '../problems/http-problem.js'
import type { UploadSettings } from './upload-options.js'

/** Who asks, and at which router: a token of one router is none of another one's. */
export interface Sender {
  readonly user: string
  /** The path at which the router is mounted. */
  readonly mount: string
}

/** What a token states about one upload. */
export interface UploadTicket {
  readonly user: string
  /** Random; the object carries it as metadata, so that it is known from what others put at the same key. */
  readonly id: string
  readonly key: string
  readonly type: string
  readonly filename: string
  /** The exact size; undefined where the client did not tell: then the router's limit holds. */
  readonly bytes: number | undefined
  readonly multipart?: MultipartTicket | undefined
  /** Seconds since 1970. */
  readonly startedAt: number
  /** Seconds since 1970. */
  readonly deadline: number
}

/** The part of a ticket that files in parts have. */
export interface MultipartTicket {
  readonly uploadId: string
  /** Bytes of every part but the last; undefined where the client cuts the file as it likes. */
  readonly partBytes: number | undefined
}

/** Makes and checks the tokens: signed, so that any server with one of the secrets goes on with an upload. */
export class UploadTickets {
  readonly #signer: TokenSigner

  /** @param place Bucket and prefix. */
  constructor({ keys }: Pick<UploadSettings, 'keys'>, place: string) {
    this.#signer = new TokenSigner(keys, { issuer: `direct-uploads:${place}`, type: 'upload+jwt' })
  }

  sign(ticket: UploadTicket, { mount }: Pick<Sender, 'mount'>): Promise<string> {
    const { key, type, filename, bytes, multipart } = ticket
    return this.#signer.sign({
      subject: ticket.user,
      audience: audienceOf(mount),
      id: ticket.id,
      issuedAt: ticket.startedAt,
      deadline: ticket.deadline,
      content: { key, type, filename, bytes, uploadId: multipart?.uploadId, partBytes: multipart?.partBytes },
    })
  }

  /** @throws HttpProblem `token-invalid`, `token-expired`, `token-user-mismatch` */
  async verify(token: unknown, { user, mount }: Sender): Promise<UploadTicket> {
    const ticket = await this.verifyHeld(token, { mount })
    if (ticket.user === user) return ticket
    throw new HttpProblem(
      403,
      'token-user-mismatch',
      'This token belongs to another user: begin with an upload of your own.',
    )
  }

  /** The same for whoever holds the token, as with a presigned address. */
  async verifyHeld(token: unknown, { mount }: Pick<Sender, 'mount'>): Promise<UploadTicket> {
    try {
      return ticketOf(await this.#signer.verify(token, { audience: audienceOf(mount) }))
    } catch (error) {
      if (TokenError.is(error, 'expired')) {
        throw new HttpProblem(403, 'token-expired', 'The time for this upload is over: begin again.', { cause: error })
      }
      if (TokenError.is(error)) throw tokenInvalid(error)
      throw error
    }
  }
}

/** 403: not a token of this router, or not for this. */
export function tokenInvalid(cause?: unknown): HttpProblem {
  return new HttpProblem(
    403,
    'token-invalid',
    'This token was not made here and for this, or was changed: begin the upload again.',
    { cause },
  )
}

function audienceOf(mount: string): string {
  return mount === '' ? '/' : mount
}

/** A signed content of another shape was made by another version of this package. */
function ticketOf({ subject, id, issuedAt, deadline, content }: TokenClaims): UploadTicket {
  const { uploadId } = content
  const multipart =
    uploadId === undefined ? undefined : { uploadId: textOf(uploadId), partBytes: optionalNumber(content.partBytes) }
  return {
    user: subject,
    id,
    startedAt: issuedAt,
    deadline,
    key: textOf(content.key),
    type: textOf(content.type),
    filename: textOf(content.filename),
    bytes: optionalNumber(content.bytes),
    multipart,
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw tokenInvalid()
}

function optionalNumber(value: unknown): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value))) return value
  throw tokenInvalid()
}
