import { show } from '@bucket-brigade/core'
import { type KeyRing, type TokenClaims, TokenError, TokenSigner } from '@bucket-brigade/core/tokens'
import { type CropData, type ImageOutput, OUTPUT_FORMATS, type OutputFormat } from '@bucket-brigade/images'
import { CropperError } from '../errors.js'
import { readArray, readNumber, readObject, readText } from '../json-shape.js'
import { FORMATS } from '../settings/formats.js'
import { holderOf, NOBODY, type SessionUser, unclaimed } from '../users/anonymous.js'

/** The step that a token opens. */
export type Step = 'accept' | 'crop' | 'save'

/** What all tokens of a session share. */
export interface SessionClaims {
  readonly user: string
  readonly session: string
  /** Seconds since 1970; the same in every token of the session. */
  readonly startedAt: number
  /** Seconds since 1970; one deadline for the whole session, however many steps it takes. */
  readonly deadline: number
}

/** The picture as it was received, pinned: what has another ETag is another picture. */
export interface PinnedOriginal {
  readonly key: string
  readonly etag: string
  /** Bytes. */
  readonly size: number
  /** Media type, as the bytes say. */
  readonly type: string
  /** Pixels, as displayed. */
  readonly width: number
  readonly height: number
}

/** Crop data as browser croppers emit it, resolved: whole pixels of the rotated picture's bounding box. */
export type PinnedCrop = Required<CropData>

/** What is to be made, so that servers with other settings save the same. */
export interface PinnedOutput {
  readonly edges: readonly number[]
  readonly format: ImageOutput['format']
  readonly quality: number | undefined
  readonly extraFormats: readonly OutputFormat[]
}

/** One file that a page has announced: what arrives has this type and just this many bytes. */
export interface AnnouncedOriginal {
  readonly key: string
  /** Media type. */
  readonly type: string
  readonly bytes: number
}

/** Whatever picture a person chooses in a form without scripts. */
export interface UnknownOriginal {
  readonly key: string
  readonly maxBytes: number
}

export type ExpectedOriginal = AnnouncedOriginal | UnknownOriginal

export interface AcceptTicket extends SessionClaims {
  readonly step: 'accept'
  readonly announced: ExpectedOriginal
}

export interface CropTicket extends SessionClaims {
  readonly step: 'crop'
  readonly original: PinnedOriginal
}

export interface SaveTicket extends SessionClaims {
  readonly step: 'save'
  readonly original: PinnedOriginal
  /** Names this save: it takes effect once. */
  readonly operation: string
  /** Milliseconds since 1970. */
  readonly croppedAt: number
  readonly crop: PinnedCrop
  readonly avatarId: string
  readonly output: PinnedOutput
  /** Key of the rendered preview. */
  readonly preview: string
}

export type Ticket = AcceptTicket | CropTicket | SaveTicket

/** The file that a step is about. */
export function fileOf(ticket: Ticket): string {
  if (ticket.step === 'accept') return ticket.announced.key
  return ticket.step === 'crop' ? ticket.original.key : ticket.preview
}

type TicketOf<S extends Step> = Extract<Ticket, { readonly step: S }>

const TYPE = 'avatar+jwt'

/**
 * Makes and checks what travels from step to step: tokens that any server verifies by itself.
 *
 * The same ticket gives the same token, so that a repeated step repeats its answer to the letter.
 */
export class Tickets {
  readonly #signer: TokenSigner

  /** @param place Bucket and prefix: a token of one place is no token of another one, even under the same secret. */
  constructor(keys: KeyRing, place: string) {
    this.#signer = new TokenSigner(keys, { issuer: `avatar-cropper:${place}`, type: TYPE })
  }

  sign(ticket: Ticket): Promise<string> {
    return this.#signer.sign({
      subject: ticket.user,
      audience: ticket.step,
      id: ticket.step === 'save' ? ticket.operation : ticket.session,
      issuedAt: ticket.startedAt,
      deadline: ticket.deadline,
      content: contentOf(ticket),
    })
  }

  /**
   * Checks signature, place, deadline, step and user, in this order, without asking anybody.
   *
   * @param steps What the caller is about to do: the token must open one of them.
   * @param user Who sends it; absent where the caller has made sure by other means.
   * @throws CropperError `token-invalid`, `token-expired`, `step-out-of-order`, `token-user-mismatch`,
   *   `session-unclaimed` for a user who comes with an anonymous token
   */
  async verify<S extends Step>(
    token: string,
    steps: readonly S[],
    user: SessionUser | undefined,
  ): Promise<TicketOf<S>> {
    const ticket = await this.#read(token)
    if (!opensOneOf(ticket, steps)) {
      throw new CropperError(
        'step-out-of-order',
        `expected the token that opens ${steps.map(show).join(' or ')}; received one that opens ${show(ticket.step)}: ` +
          'send what the step before answered',
      )
    }
    if (user !== undefined && ticket.user !== holderOf(user)) {
      throw ticket.user === NOBODY ? unclaimed() : belongsToAnother()
    }
    return ticket
  }

  async #read(token: string): Promise<Ticket> {
    try {
      return readTicket(await this.#signer.verify(token))
    } catch (cause) {
      throw refusalOf(cause)
    }
  }
}

export function belongsToAnother(): CropperError {
  return new CropperError('token-user-mismatch', 'this token belongs to another user: begin with your own upload')
}

function refusalOf(cause: unknown): CropperError {
  if (TokenError.is(cause, 'expired')) {
    return new CropperError('token-expired', 'the time for this upload is over: upload the picture again', { cause })
  }
  return new CropperError('token-invalid', 'this token was not made here, or was changed: upload the picture again', {
    cause,
  })
}

function opensOneOf<S extends Step>(ticket: Ticket, steps: readonly S[]): ticket is TicketOf<S> {
  return steps.some((step) => step === ticket.step)
}

function contentOf(ticket: Ticket): TokenClaims['content'] {
  const { session } = ticket
  if (ticket.step === 'accept') return { sid: session, announced: ticket.announced }
  if (ticket.step === 'crop') return { sid: session, original: ticket.original }
  const { original, croppedAt, crop, avatarId, output, preview } = ticket
  return { sid: session, original, croppedAt, crop, avatarId, output, preview }
}

/** Signed content of another shape was made by another version of this package. */
function readTicket({ subject, audience, id, issuedAt, deadline, content }: TokenClaims): Ticket {
  const session = { user: subject, session: readText(content.sid), startedAt: issuedAt, deadline }
  if (audience === 'accept') return { ...session, step: audience, announced: readAnnounced(content.announced) }
  const original = readOriginal(content.original)
  if (audience === 'crop') return { ...session, step: audience, original }
  if (audience !== 'save') throw new TypeError('expected a known audience')
  return {
    ...session,
    step: audience,
    original,
    operation: id,
    croppedAt: readNumber(content.croppedAt),
    crop: readCrop(content.crop),
    avatarId: readText(content.avatarId),
    output: readOutput(content.output),
    preview: readText(content.preview),
  }
}

function readAnnounced(value: unknown): ExpectedOriginal {
  const { key, type, bytes, maxBytes } = readObject(value)
  if (maxBytes !== undefined) return { key: readText(key), maxBytes: readNumber(maxBytes) }
  return { key: readText(key), type: readText(type), bytes: readNumber(bytes) }
}

function readOriginal(value: unknown): PinnedOriginal {
  const { key, etag, size, type, width, height } = readObject(value)
  return {
    key: readText(key),
    etag: readText(etag),
    size: readNumber(size),
    type: readText(type),
    width: readNumber(width),
    height: readNumber(height),
  }
}

function readCrop(value: unknown): PinnedCrop {
  const { x, y, width, height, rotate, scaleX, scaleY } = readObject(value)
  return {
    x: readFinite(x),
    y: readFinite(y),
    width: readFinite(width),
    height: readFinite(height),
    rotate: readFinite(rotate),
    scaleX: readFinite(scaleX),
    scaleY: readFinite(scaleY),
  }
}

function readOutput(value: unknown): PinnedOutput {
  const { edges, format, quality, extraFormats } = readObject(value)
  return {
    edges: readArray(edges).map(readNumber),
    format: readFormat(format),
    quality: quality === undefined ? undefined : readNumber(quality),
    // Absent in tokens of servers that have not been updated yet.
    extraFormats: extraFormats === undefined ? [] : readArray(extraFormats).map(readOutputFormat),
  }
}

function readFormat(value: unknown): ImageOutput['format'] {
  const format = FORMATS.find((known) => known === value)
  if (format === undefined) throw new TypeError('expected a known format')
  return format
}

function readOutputFormat(value: unknown): OutputFormat {
  const format = OUTPUT_FORMATS.find((known) => known === value)
  if (format === undefined) throw new TypeError('expected a known format')
  return format
}

function readFinite(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError('expected a number')
  return value
}
