import { show } from '@bucket-brigade/core'
import { type CropData, type ImageOutput, OUTPUT_FORMATS, type OutputFormat } from '@bucket-brigade/images'
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { holderOf, NOBODY, type SessionUser, unclaimed } from './anonymous.js'
import { CropperError } from './errors.js'
import { FORMATS } from './formats.js'
import { readArray, readNumber, readObject, readText } from './json-shape.js'
import type { KeyRing } from './secrets.js'

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

export interface AcceptTicket extends SessionClaims {
  readonly step: 'accept'
  readonly announced: { readonly key: string; readonly type: string; readonly bytes: number }
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
type TicketOf<S extends Step> = Extract<Ticket, { readonly step: S }>

const ALGORITHM = 'HS256'
const TYPE = 'avatar+jwt'
const MAX_TOKEN_CHARACTERS = 8192
const CLOCK_TOLERANCE_SECONDS = 30

/**
 * Makes and checks the statements that travel from step to step: signed JWTs that any server verifies by itself.
 *
 * The same ticket gives the same token, so that a repeated step repeats its answer to the letter.
 */
export class TokenSigner {
  readonly #keys: KeyRing
  readonly #issuer: string

  /** @param place Bucket and prefix: a token of one place is no token of another one, even under the same secret. */
  constructor(keys: KeyRing, place: string) {
    this.#keys = keys
    this.#issuer = `avatar-cropper:${place}`
  }

  async sign(ticket: Ticket): Promise<string> {
    const { id, bytes } = this.#keys.signing
    return new SignJWT(claimsOf(ticket))
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: id })
      .setIssuer(this.#issuer)
      .setSubject(ticket.user)
      .setAudience(ticket.step)
      .setJti(ticket.step === 'save' ? ticket.operation : ticket.session)
      .setIssuedAt(ticket.startedAt)
      .setExpirationTime(ticket.deadline)
      .sign(bytes)
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
    const ticket = readTicket(await this.#payloadOf(token))
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

  async #payloadOf(token: string): Promise<JWTPayload> {
    if (typeof token !== 'string' || token === '' || token.length > MAX_TOKEN_CHARACTERS) {
      throw new CropperError(
        'token-invalid',
        `expected token to be the text that the step before answered; received ${typeof token === 'string' ? `${token.length} characters` : show(token)}`,
      )
    }
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#secretOf(kid), {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: this.#issuer,
        requiredClaims: ['sub', 'aud', 'jti', 'iat', 'exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      })
      return payload
    } catch (cause) {
      throw refusalOf(cause)
    }
  }

  #secretOf(kid: string | undefined): Uint8Array {
    const key = kid === undefined ? undefined : this.#keys.find(kid)
    if (!key) throw new errors.JWTInvalid('unknown key id')
    return key.bytes
  }
}

export function belongsToAnother(): CropperError {
  return new CropperError('token-user-mismatch', 'this token belongs to another user: begin with your own upload')
}

function refusalOf(cause: unknown): CropperError {
  if (cause instanceof errors.JWTExpired) {
    return new CropperError('token-expired', 'the time for this upload is over: upload the picture again', { cause })
  }
  return new CropperError('token-invalid', 'this token was not made here, or was changed: upload the picture again', {
    cause,
  })
}

function opensOneOf<S extends Step>(ticket: Ticket, steps: readonly S[]): ticket is TicketOf<S> {
  return steps.some((step) => step === ticket.step)
}

function claimsOf(ticket: Ticket): JWTPayload {
  const { session } = ticket
  if (ticket.step === 'accept') return { sid: session, announced: ticket.announced }
  if (ticket.step === 'crop') return { sid: session, original: ticket.original }
  const { original, croppedAt, crop, avatarId, output, preview } = ticket
  return { sid: session, original, croppedAt, crop, avatarId, output, preview }
}

/** A signed payload of another shape was made by another version of this package. */
function readTicket(payload: JWTPayload): Ticket {
  try {
    const { sub, aud, jti, iat, exp, sid } = payload
    const session = {
      user: readText(sub),
      session: readText(sid),
      startedAt: readNumber(iat),
      deadline: readNumber(exp),
    }
    if (aud === 'accept') return { ...session, step: aud, announced: readAnnounced(payload.announced) }
    const original = readOriginal(payload.original)
    if (aud === 'crop') return { ...session, step: aud, original }
    if (aud !== 'save') throw new TypeError('expected a known audience')
    return {
      ...session,
      step: aud,
      original,
      operation: readText(jti),
      croppedAt: readNumber(payload.croppedAt),
      crop: readCrop(payload.crop),
      avatarId: readText(payload.avatarId),
      output: readOutput(payload.output),
      preview: readText(payload.preview),
    }
  } catch (cause) {
    throw refusalOf(cause)
  }
}

function readAnnounced(value: unknown): AcceptTicket['announced'] {
  const { key, type, bytes } = readObject(value)
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
