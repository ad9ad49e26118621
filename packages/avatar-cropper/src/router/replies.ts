import { prefersHtml } from '@bucket-brigade/express'
import type { Request, Response } from 'express'
import type { Avatar } from '../pointer/avatar.js'
import type { UploadedOriginal } from '../session/session.js'
import type { ClaimedSession } from '../steps/claim.js'
import type { CroppedAvatar } from '../steps/crop.js'
import type { OfferedUpload } from '../steps/offer.js'
import { type AvatarPages, pageWithSession } from './pages.js'
import { keepFormToken, keepToken, referenceOf } from './session-cookies.js'

/** Answers a step in JSON, or leads a browser without scripts to the next page. */
export class Replies {
  readonly #pages: AvatarPages | undefined

  constructor(pages: AvatarPages | undefined) {
    this.#pages = pages
  }

  uploaded(req: Request, res: Response, uploaded: UploadedOriginal): void {
    const { step, token, session, deadline, original, preview, relativePath } = uploaded
    const pages = this.#pagesFor(req, res)
    if (!pages) {
      const body = { step, token, session, deadline, original, preview, file_relative_path: relativePath }
      res.status(req.method === 'GET' ? 200 : 201).json(body)
      return
    }
    const reference = referenceOf(session)
    keepToken(req, res, pages.cookiePath ?? '/', { token, reference, deadline })
    res.redirect(303, pageWithSession(pages.crop, reference))
  }

  offered(res: Response, { step, token, session, deadline, upload, relativePath }: OfferedUpload): void {
    res.status(201).json({ step, token, session, deadline, upload, file_relative_path: relativePath })
  }

  cropped(req: Request, res: Response, cropped: CroppedAvatar): void {
    const { step, token, session, deadline, avatarId, crop, enlargedEdges, preview, relativePath } = cropped
    const pages = this.#pagesFor(req, res)
    if (!pages) {
      const shown = { crop, enlarged_edges: enlargedEdges, preview, file_relative_path: relativePath }
      res.json({ step, token, session, deadline, ...shown })
      return
    }
    const reference = referenceOf(session, avatarId)
    keepToken(req, res, pages.cookiePath ?? '/', { token, reference, deadline })
    res.redirect(303, pageWithSession(pages.save, reference))
  }

  /**
   * References stay the same, so that pages that are open already go on.
   *
   * @param others What else the browser keeps of this session.
   */
  claimed(req: Request, res: Response, claimed: ClaimedSession, others: readonly ClaimedSession[]): void {
    const { step, token, session, deadline, original, preview, relativePath } = claimed
    const pages = this.#pagesFor(req, res)
    if (!pages) {
      res.json({ step, token, session, deadline, original, preview, file_relative_path: relativePath })
      return
    }
    const path = pages.cookiePath ?? '/'
    for (const kept of [...others, claimed]) {
      const keep = kept.step === 'accept' ? keepFormToken : keepToken
      keep(req, res, path, { token: kept.token, reference: claimedReference(kept), deadline: kept.deadline })
    }
    res.redirect(303, step === 'accept' ? pages.upload : pageWithSession(pages[step], claimedReference(claimed)))
  }

  avatar(req: Request, res: Response, avatar: Avatar): void {
    const pages = this.#pagesFor(req, res)
    if (pages) res.redirect(303, pages.done)
    else res.json({ avatar })
  }

  removed(req: Request, res: Response): void {
    const pages = this.#pagesFor(req, res)
    if (pages) res.redirect(303, pages.done)
    else res.status(204).end()
  }

  #pagesFor(req: Request, res: Response): AvatarPages | undefined {
    if (!this.#pages) return undefined
    res.vary('Accept')
    return prefersHtml(req) ? this.#pages : undefined
  }
}

function claimedReference({ session, avatarId }: ClaimedSession): string {
  return referenceOf(session, avatarId)
}
