import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { StoreError, show } from '../errors.js'
import type { KeyRing } from './key-ring.js'
import { TokenError } from './token-error.js'

const ALGORITHM = 'HS256'
const MAX_CHARACTERS = 8192
const CLOCK_TOLERANCE_SECONDS = 30
const REGISTERED = ['iss', 'sub', 'aud', 'jti', 'iat', 'exp'] as const

/** Which tokens a signer makes and accepts. */
export interface TokenSignerOptions {
  /** Where they hold, such as `my-app:bucket/prefix`: a token of one place is none of another, even under one secret. */
  readonly issuer: string
  /** The media type in their header, such as `upload+jwt`: a token of one kind is none of another. */
  readonly type: string
  /** Characters of the longest token. Default 8192. */
  readonly maxCharacters?: number | undefined
  /** By how many seconds the clocks of two servers may differ. Default 30. */
  readonly clockToleranceInSeconds?: number | undefined
}

/** What a token states. Whoever holds it can read it. */
export interface TokenClaims {
  /** Whom it was made for. */
  readonly subject: string
  /** What it opens, such as the name of the next step. */
  readonly audience: string
  /** Names the token, or what it is about. */
  readonly id: string
  /** Whole seconds since 1970. */
  readonly issuedAt: number
  /** Whole seconds since 1970: from then on it is `expired`. */
  readonly deadline: number
  /** All else, as JSON holds it. The names `iss`, `sub`, `aud`, `jti`, `iat`, `exp` and `nbf` are taken. */
  readonly content: Readonly<Record<string, unknown>>
}

/** What a token must say to be accepted. */
export interface TokenExpectation {
  /** One of what it may open. Default: any, for callers that have an answer of their own to the wrong one. */
  readonly audience?: string | readonly string[] | undefined
}

/**
 * Makes and checks statements that travel between servers in a stranger's hands: signed JWTs (HS256) that any server
 * with one of the secrets verifies by itself. The same claims give the same token.
 */
export class TokenSigner {
  readonly #keys: KeyRing
  readonly #issuer: string
  readonly #type: string
  readonly #maxCharacters: number
  readonly #clockToleranceInSeconds: number

  constructor(keys: KeyRing, options: TokenSignerOptions) {
    this.#keys = keys
    this.#issuer = options.issuer
    this.#type = options.type
    this.#maxCharacters = options.maxCharacters ?? MAX_CHARACTERS
    this.#clockToleranceInSeconds = options.clockToleranceInSeconds ?? CLOCK_TOLERANCE_SECONDS
  }

  /** @throws StoreError `invalid-argument` for claims whose token would be too long to be accepted */
  async sign({ subject, audience, id, issuedAt, deadline, content }: TokenClaims): Promise<string> {
    const { signing } = this.#keys
    const token = await new SignJWT({ ...content })
      .setProtectedHeader({ alg: ALGORITHM, typ: this.#type, kid: signing.id })
      .setIssuer(this.#issuer)
      .setSubject(subject)
      .setAudience(audience)
      .setJti(id)
      .setIssuedAt(issuedAt)
      .setExpirationTime(deadline)
      .sign(signing.bytes)
    if (token.length <= this.#maxCharacters) return token
    throw new StoreError(
      'invalid-argument',
      `expected claims that fit into a token of ${this.#maxCharacters} characters; received ${token.length} characters`,
      { operation: 'sign-token' },
    )
  }

  /**
   * Checks signature, kind, place, audience and deadline, without asking anybody.
   *
   * The content is what a server with one of the secrets signed, perhaps one of another version: read its shape.
   *
   * @throws TokenError `invalid`, `expired`
   */
  async verify(token: unknown, expected: TokenExpectation = {}): Promise<TokenClaims> {
    if (typeof token !== 'string' || token === '' || token.length > this.#maxCharacters) {
      const came = typeof token === 'string' ? `${token.length} characters` : show(token)
      throw new TokenError(
        'invalid',
        `expected a token of 1 to ${this.#maxCharacters} characters, as it was handed out; received ${came}`,
      )
    }
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#secretOf(kid), {
        algorithms: [ALGORITHM],
        typ: this.#type,
        issuer: this.#issuer,
        requiredClaims: [...REGISTERED],
        clockTolerance: this.#clockToleranceInSeconds,
        ...(expected.audience === undefined ? {} : { audience: [expected.audience].flat() }),
      })
      return claimsOf(payload)
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw new TokenError('expired', 'the time of this token is over')
      throw new TokenError('invalid', 'this token was not made here and for this, or was changed', { cause })
    }
  }

  #secretOf(kid: string | undefined): Uint8Array {
    const key = kid === undefined ? undefined : this.#keys.find(kid)
    if (!key) throw new errors.JWTInvalid('unknown key id')
    return key.bytes
  }
}

function claimsOf({ iss: _issuer, sub, aud, jti, iat, exp, ...content }: JWTPayload): TokenClaims {
  if (sub === undefined || typeof aud !== 'string' || jti === undefined || iat === undefined || exp === undefined) {
    throw new TypeError('expected every registered claim, and one audience')
  }
  return { subject: sub, audience: aud, id: jti, issuedAt: iat, deadline: exp, content }
}
