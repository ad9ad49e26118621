import { StoreError, show } from '@bucket-brigade/core'
import type { CropperContext } from '../context.js'
import { CropperError } from '../errors.js'
import { type PresignedForm, presignForm } from '../session/presign-original.js'
import { beginSession, describeStep, type SessionStep } from '../session/session.js'
import type { AcceptTicket } from '../tokens/token.js'
import type { SessionUser } from '../users/anonymous.js'

/** Where a form leads, and how long it can be sent. */
export interface FormOptions {
  /** The absolute address, for a session, to which the bucket sends the browser when the file has arrived. */
  readonly redirect: (session: string) => string
  /** How long the page may stay open before the form is sent, in seconds, 1 to 3600. Default 3600, or the session. */
  readonly expiresInSeconds?: number | undefined
}

/** A form for a page without scripts, which sends whatever picture a person chooses straight to the bucket. */
export interface OfferedForm extends SessionStep {
  readonly step: 'accept'
  readonly upload: PresignedForm
  /** Largest file that the bucket takes. */
  readonly maxBytes: number
}

const MAX_FORM_SECONDS = 3600

/**
 * Offers a place for one file that nobody has seen yet. Nothing is written, and limits per user count when it arrives:
 * most pages are only looked at.
 */
export async function offerForm(
  context: CropperContext,
  user: SessionUser,
  { redirect, expiresInSeconds = MAX_FORM_SECONDS }: FormOptions,
): Promise<OfferedForm> {
  const { settings, store, directMethod } = context
  const seconds = Math.min(checkSeconds(expiresInSeconds), settings.sessionSeconds)
  const { key, ...session } = beginSession(context, user)
  const expected = { key, maxBytes: settings.maxUploadBytes }
  if ((await directMethod.choose()) === 'PUT') {
    const message = 'this service takes no forms: post the form to a server instead'
    throw new StoreError('unsupported', message, { operation: 'presign-upload', bucket: store.bucket, key })
  }
  const upload = await presignForm(context, expected, seconds, redirect(session.session))
  const ticket: AcceptTicket = { ...session, step: 'accept', announced: expected }
  return { step: 'accept', ...(await describeStep(context, ticket, key)), upload, maxBytes: expected.maxBytes }
}

function checkSeconds(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_FORM_SECONDS) return seconds
  throw new CropperError(
    'invalid-request',
    `expected expiresInSeconds to be an integer from 1 to ${MAX_FORM_SECONDS}; received ${show(seconds)}`,
  )
}
