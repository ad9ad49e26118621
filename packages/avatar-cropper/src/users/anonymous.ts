import { CropperError } from '../errors.js'

/** Stands for a person who has no id yet, for example while they fill in a sign-up form. */
export const anonymous: unique symbol = Symbol.for('bucket-brigade.anonymous')

/** Whom a session belongs to: the user with this id, or nobody yet. */
export type SessionUser = string | typeof anonymous

/** How tokens say that a session belongs to nobody yet: no user's id is empty. */
export const NOBODY = ''

/** A user as tokens carry it. An empty id is never taken for `anonymous`: it is what a faulty sign-in gives. */
export function holderOf(user: SessionUser): string {
  if (user === anonymous) return NOBODY
  if (typeof user === 'string' && user !== '') return user
  throw new CropperError('invalid-request', 'expected user to be an id, or anonymous; received none')
}

export function unclaimed(): CropperError {
  return new CropperError('session-unclaimed', 'this session belongs to nobody yet: claim it for a user first')
}
