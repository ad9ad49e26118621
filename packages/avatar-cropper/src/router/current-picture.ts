import { show } from '@bucket-brigade/core'
import { HttpProblem } from '@bucket-brigade/express'
import type { Request, RequestHandler, Response, Router } from 'express'
import type { AvatarCropper } from '../avatar-cropper.js'
import { type DrawnPicture, drawPicture } from '../default-picture.js'
import { CropperError } from '../errors.js'
import { MAX_EDGE } from '../settings/settings.js'

/** An address of the application's own; undefined for none. */
export type DefaultAddress = (user: string, edge: number) => string | undefined

/** What is shown for users without an avatar: a drawing, an address, or 404. */
export type DefaultPicture = DrawnPicture | '404' | DefaultAddress

/** How a user's current picture is shown. */
export interface PictureOptions {
  readonly cropper: AvatarCropper
  /** For users without an avatar, where the request does not say. Default: `404`. */
  readonly defaultPicture?: DefaultPicture | undefined
  /** Addresses that a request may name as `?d=`, to the letter. Default: none. */
  readonly defaultUrls?: readonly string[] | undefined
  /** Whose initials are drawn; undefined for the user's id. */
  readonly displayName?: ((user: string) => string | undefined | Promise<string | undefined>) | undefined
}

const DEFAULT_EDGE = 80
const CACHED = 'public, max-age=60'
/** A signed address is for whoever was let in to ask for it: a cache that others share must not hand it on. */
const CACHED_FOR_ONE = 'private, max-age=60'
const KINDS = ['404', 'initials', 'pattern', 'blank'] as const

/** Gravatar's names of its own drawings, for pages that came from there. @see https://docs.gravatar.com/api/avatars/images/ */
const KIND_OF_GRAVATAR: ReadonlyMap<unknown, DrawnPicture> = new Map(
  Object.entries({
    mp: 'initials',
    mm: 'initials',
    identicon: 'pattern',
    monsterid: 'pattern',
    wavatar: 'pattern',
    retro: 'pattern',
    robohash: 'pattern',
    color: 'pattern',
  } as const),
)

/** Stable addresses of whatever picture a user has now: `/of/:user/:edge`, and `/of/:user?s=…` in the way of Gravatar. */
export function addPictures(router: Router, options: PictureOptions): void {
  const show = (edgeOf: (req: Request) => number): RequestHandler<{ user: string }> => {
    return async (req, res) => {
      const edge = edgeOf(req as Request)
      const fallback = chosenDefault(options, req.query.d)
      await answerPicture(options, res, { user: req.params.user, edge, fallback })
    }
  }
  router.get(
    '/of/:user/:edge',
    show(({ params }) => checkEdge('edge', params.edge)),
  )
  router.get(
    '/of/:user',
    show(({ query }) => (query.s === undefined ? DEFAULT_EDGE : checkEdge('s', query.s))),
  )
}

async function answerPicture(
  { cropper, displayName }: PictureOptions,
  res: Response,
  { user, edge, fallback }: { readonly user: string; readonly edge: number; readonly fallback: DefaultPicture },
): Promise<void> {
  const current = await cropper.currentUrl(user, edge)
  const url = current ?? (typeof fallback === 'function' ? fallback(user, edge) : undefined)
  if (url !== undefined) {
    const isSigned = current !== undefined && cropper.visibility === 'signed'
    res.set('Cache-Control', isSigned ? CACHED_FOR_ONE : CACHED).redirect(302, url)
    return
  }
  if (typeof fallback === 'function' || fallback === '404') {
    // Kept as pictures are, or every view of a page would ask the bucket; its title is in the language of who asked.
    res.vary('Accept-Language')
    throw new HttpProblem(404, 'not-found', 'this user has no avatar', { headers: { 'Cache-Control': CACHED } })
  }
  const name = fallback === 'initials' ? await displayName?.(user) : undefined
  sendDrawing(res, drawPicture(fallback, { user, edge, name }))
}

/** Opened by itself, an SVG is a document: it may do nothing but be seen. */
function sendDrawing(res: Response, svg: string): void {
  res.set({
    'Cache-Control': CACHED,
    'Content-Type': 'image/svg+xml; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
  })
  res.send(svg)
}

/** What the request asks for, or what the application has chosen. Leads to no address that is not listed. */
function chosenDefault({ defaultPicture = '404', defaultUrls = [] }: PictureOptions, asked: unknown): DefaultPicture {
  if (asked === undefined) return defaultPicture
  const known = KINDS.find((kind) => kind === asked) ?? KIND_OF_GRAVATAR.get(asked)
  if (known) return known
  const listed = defaultUrls.find((url) => url === asked)
  if (listed !== undefined) return () => listed
  throw new CropperError(
    'invalid-request',
    `expected d to be ${KINDS.join(', ')}, or an address that this site lists; received ${show(asked)}`,
    { field: 'd' },
  )
}

function checkEdge(field: string, text: unknown): number {
  const edge = typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (edge >= 1 && edge <= MAX_EDGE) return edge
  throw new CropperError(
    'invalid-request',
    `expected ${field} to be an integer from 1 to ${MAX_EDGE}; received ${show(text)}`,
    { field },
  )
}
