import { StoreError } from '@bucket-brigade/core'
import { requestScheme } from '@bucket-brigade/express'
import type { Request, Response } from 'express'
import type { AvatarCropper } from '../avatar-cropper.js'
import type { OfferedForm } from '../steps/offer-form.js'
import type { SessionUser } from '../users/anonymous.js'
import { DONE_PATH } from './direct-routes.js'
import { keepFormToken } from './session-cookies.js'

/** Whom a form is for, and where it leads. */
export interface AvatarFormOptions {
  readonly cropper: AvatarCropper
  readonly user: SessionUser
  /** Where `avatarRouter` is mounted: `/avatars`; with the origin where that is not the page's own. */
  readonly avatars: string
  /** As in the router's `pages`. Default `/`. */
  readonly cookiePath?: string | undefined
}

/**
 * What a page shows as
 * `<form method="post" enctype="multipart/form-data" action=…>`, a hidden input for each of `fields`, and last
 * `<input type="file" name="file">`.
 */
export interface AvatarForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** When the form can be sent no more: reload the page before. */
  readonly expiresAt: Date
  /** Largest file that the bucket takes. */
  readonly maxBytes: number
  readonly session: string
}

/**
 * A form that a browser without scripts sends straight to the bucket, which leads it back to the router and so to the
 * page that crops. Call it while the page is answered: it sets a cookie with the token, and keeps the page out of caches.
 *
 * A policy of the page must let forms go to the bucket (`form-action`).
 *
 * @returns Undefined where the service takes no forms: then show one that posts to the router itself.
 */
export async function avatarForm(
  req: Request,
  res: Response,
  { cropper, user, avatars, cookiePath = '/' }: AvatarFormOptions,
): Promise<AvatarForm | undefined> {
  const redirect = (session: string) => doneAddress(req, avatars, session)
  const offered = await offeredForm(cropper, user, redirect)
  if (!offered) return undefined
  const { token, session, deadline, upload, maxBytes } = offered
  keepFormToken(req, res, cookiePath, { token, reference: session, deadline })
  res.set('Cache-Control', 'no-store')
  return { action: upload.url, fields: upload.fields, expiresAt: upload.expiresAt, maxBytes, session }
}

async function offeredForm(
  cropper: AvatarCropper,
  user: SessionUser,
  redirect: (session: string) => string,
): Promise<OfferedForm | undefined> {
  try {
    return await cropper.offerForm(user, { redirect })
  } catch (error) {
    if (StoreError.is(error, 'unsupported')) return undefined
    throw error
  }
}

/** The session is part of the path, as some services write `?bucket=…` even after a query. */
function doneAddress(req: Request, avatars: string, session: string): string {
  const page = `${requestScheme(req)}://${req.host}`
  return new URL(`${avatars.replace(/\/+$/, '')}${DONE_PATH}/${session}`, page).href
}
