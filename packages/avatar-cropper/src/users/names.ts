import { createHash, randomBytes } from 'node:crypto'
import { show } from '@bucket-brigade/core'
import { CropperError } from '../errors.js'
import { NOBODY } from './anonymous.js'

const PLAIN_USER = /^[A-Za-z0-9_-]{1,64}$/
/** Tokens carry the id, and cookies carry tokens: 4 KiB hold both. */
const MAX_USER_CHARACTERS = 256

/**
 * The part of a key that stands for a user: the id itself where it is plain, else `~` and 32 hex digits of its SHA-256.
 *
 * A plain id has no `~`, so that no id can be chosen to look like the digest of another one.
 *
 * @throws CropperError `invalid-request`
 */
export function userSegment(user: string): string {
  if (typeof user !== 'string' || user === '' || user.length > MAX_USER_CHARACTERS || !user.isWellFormed()) {
    throw new CropperError(
      'invalid-request',
      `expected user to be an id of 1 to ${MAX_USER_CHARACTERS} characters; received ${show(user)}`,
    )
  }
  return PLAIN_USER.test(user) ? user : `~${hexDigest(user)}`
}

/** A new session: 128 random bits, so that no key below `tmp/` can be guessed. */
export function newSession(): string {
  return randomBytes(16).toString('hex')
}

/** The name of one avatar: the same recipe in the same session is the same avatar. */
export function avatarIdOf(canonicalRecipe: string, session: string): string {
  return hexDigest(`${canonicalRecipe}\n${session}`)
}

/** What stands for nobody in a key: no user's segment is like it. */
const ANONYMOUS_SEGMENT = '~anonymous'

/** Everything of a user that expires. Private. */
export function temporaryPrefix(user: string): string {
  return `tmp/avatars/${user === NOBODY ? ANONYMOUS_SEGMENT : userSegment(user)}/`
}

/** Everything of one session. */
export function sessionPrefix(user: string, session: string): string {
  return `${temporaryPrefix(user)}${session}/`
}

/** Says that the user claimed an anonymous session, whose original stays where it is. Private. */
export function claimKey(user: string, session: string): string {
  return `${sessionPrefix(user, session)}claim`
}

/** Where the bytes of a session arrive, as they came. Private. */
export function originalKey(user: string, session: string): string {
  return `${sessionPrefix(user, session)}original`
}

/** Where the preview of one crop is. Private. */
export function previewKey(user: string, session: string, avatarId: string, extension: string): string {
  return `${sessionPrefix(user, session)}crop-${avatarId}.${extension}`
}

/** The one object per user that is overwritten. Private. */
export function pointerKey(user: string): string {
  return pointerKeyOf(userSegment(user))
}

/** The same, for the segment of a user that nobody knows by name. */
export function pointerKeyOf(segment: string): string {
  return `state/avatars/${segment}/avatar.json`
}

function hexDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
